import { systemClock } from '@mq/core'
import type { Broker, Clock } from '@mq/core'
import { Registry } from 'prom-client'
import { runMetrics } from './run-metrics.ts'
import { storageMetrics } from './storage-metrics.ts'
import { StorageReader } from './storage-reader.ts'

export interface MetricsOptions {
  /** Where the metrics are registered. Default: a registry of their own. */
  readonly register?: Registry | undefined
  /**
   * The most queues that have metrics, 1–1,000. Default 200. Further ones are counted in `mq_queues_left_out`, and what
   * this process does for them under the queue `other`.
   */
  readonly maxQueues?: number | undefined
  /**
   * Whether to read the storage. Default true. Of many processes with the same queues a few are enough: a scrape of 200
   * queues is 203 commands.
   */
  readonly storage?: boolean | undefined
  /** For how long a reading of the storage is shared by all who scrape, ms. Default 2,000. */
  readonly shareMs?: number | undefined
  /** After how long the storage counts as away, ms. Default 900. */
  readonly timeoutMs?: number | undefined
  /** Default: real time. */
  readonly clock?: Clock | undefined
}

export interface Metrics extends Disposable {
  readonly register: Registry
  /** Of what `read` returns. */
  readonly contentType: string
  /** All metrics as text. Where the storage does not answer, `mq_storage_up` is 0 and its metrics are missing. */
  read(): Promise<string>
  /** Counts no more, and removes its metrics from the registry. */
  close(): void
}

/**
 * Metrics of a broker, for Prometheus. What is stored (`mq_queue_…`, `mq_tasks_…`, `mq_workers…`) is read when a scrape
 * asks for it, and is the same in every process: take the maximum over them. What happens here (`mq_runs_…`,
 * `mq_run_…`, `mq_wait_…`, `mq_enqueues_…`) is counted in this process, for all its brokers, and is summed.
 */
export function createMetrics(broker: Broker, options: MetricsOptions = {}): Metrics {
  const { register = new Registry(), maxQueues = 200, storage = true } = options
  const { shareMs = 2_000, timeoutMs = 900, clock = systemClock } = options
  if (!Number.isInteger(maxQueues) || maxQueues < 1 || maxQueues > 1_000) {
    throw new TypeError('maxQueues must be a whole number from 1 to 1,000')
  }
  const reader = new StorageReader(broker, { maxQueues, shareMs, timeoutMs, clock })
  const stored = storage ? storageMetrics(register, reader) : []
  const runs = runMetrics(register, maxQueues)
  const close = (): void => {
    runs.close()
    for (const name of [...stored, ...runs.names]) register.removeSingleMetric(name)
  }
  return {
    register,
    contentType: register.contentType,
    read: () => register.metrics(),
    close,
    [Symbol.dispose]: close,
  }
}
