import type { EnqueueEvent, RunEvent } from '@mq/core'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Counter, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import { QueueLabels } from './queue-labels.ts'

/** From a millisecond to an hour: a handler may be either. */
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600, 3_600]

export interface RunMetrics {
  readonly names: readonly string[]
  close(): void
}

/** Registers what this process does, counted as it happens. */
export function runMetrics(register: Registry, maxQueues: number): RunMetrics {
  const registers = [register]
  const labels = new QueueLabels(maxQueues)
  const enqueues = new Counter({
    name: 'mq_enqueues_total',
    help: 'Tasks that this process enqueued; existing: there was one of that id.',
    labelNames: ['queue', 'existing'],
    registers,
  })
  const runs = new Counter({
    name: 'mq_runs_total',
    help: 'Runs of handlers in this process, by how they ended.',
    labelNames: ['queue', 'outcome'],
    registers,
  })
  const took = new Histogram({
    name: 'mq_run_seconds',
    help: 'How long handlers of this process took.',
    labelNames: ['queue'],
    buckets: SECONDS,
    registers,
  })
  const waited = new Histogram({
    name: 'mq_wait_seconds',
    help: 'How long tasks had been due when this process claimed them for their first attempt.',
    labelNames: ['queue'],
    buckets: SECONDS,
    registers,
  })

  const onEnqueue = (event: unknown): void => {
    const { queue, existing } = event as EnqueueEvent
    enqueues.inc({ queue: labels.of(queue), existing: String(existing) })
  }
  const onEnd = (event: unknown): void => {
    const { queue: name, outcome = 'unknown', tookMs, waitedMs } = event as RunEvent
    const queue = labels.of(name)
    runs.inc({ queue, outcome })
    if (tookMs === undefined) return
    took.observe({ queue }, tookMs / 1_000)
    if (waitedMs !== undefined) waited.observe({ queue }, waitedMs / 1_000)
  }
  subscribe('mq:enqueue', onEnqueue)
  subscribe('mq:run:end', onEnd)
  return {
    names: ['mq_enqueues_total', 'mq_runs_total', 'mq_run_seconds', 'mq_wait_seconds'],
    close() {
      unsubscribe('mq:enqueue', onEnqueue)
      unsubscribe('mq:run:end', onEnd)
    },
  }
}
