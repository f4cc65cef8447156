import { toError } from '../errors.ts'
import type { QueueHistory, SampleCount, WorkSample } from '../ports/history.ts'
import { BUCKETS, bucketOf } from '../ports/history-record.ts'
import type { Services } from '../services/services.ts'
import type { Delivery } from './execution.ts'
import { waitOf } from './wait-of.ts'

/** A worker with nothing to report says so in every sixth tick, so that what waits is seen. */
const QUIET_TICKS = 6

export interface SamplesParts {
  readonly queue: string
  readonly services: Services
  readonly store: QueueHistory['sample']
}

/**
 * What a worker measures for the history of its queue: two additions for a task, and a report every 10 s where it ran
 * something. Reports are not repeated.
 */
export class Samples {
  readonly #parts: SamplesParts
  #waits: Uint32Array | undefined
  #runs: Uint32Array | undefined
  #quietTicks = QUIET_TICKS

  constructor(parts: SamplesParts) {
    this.#parts = parts
  }

  /** A task starts, `bufferedMs` after it was put into the buffer. */
  started(delivery: Delivery, bufferedMs: number): void {
    const waitedMs = waitOf(delivery)
    if (waitedMs === undefined) return
    const waits = (this.#waits ??= new Uint32Array(BUCKETS))
    waits[bucketOf(waitedMs + bufferedMs)]!++
  }

  ended(ms: number): void {
    const runs = (this.#runs ??= new Uint32Array(BUCKETS))
    runs[bucketOf(ms)]!++
  }

  /** Called when the worker begins, and every 10 s. */
  tick(): void {
    const [waits, runs] = [taken(this.#waits), taken(this.#runs)]
    const isQuiet = waits.length + runs.length === 0
    if (isQuiet && ++this.#quietTicks < QUIET_TICKS) return
    this.#quietTicks = 0
    void this.#send({ waits, runs })
  }

  /** The worker ends. */
  close(): void {
    this.#quietTicks = Number.NEGATIVE_INFINITY
    this.tick()
  }

  /** Never rejects. What was measured is not sent again: it would count twice if only the reply was lost. */
  async #send(sample: WorkSample): Promise<void> {
    const { queue, services, store } = this.#parts
    try {
      await store(sample)
    } catch (thrown) {
      services.logger.debug({ queue, err: toError(thrown) }, 'what a worker measured is missing in the history')
    }
  }
}

function taken(counts: Uint32Array | undefined): readonly SampleCount[] {
  if (counts === undefined) return []
  const found: SampleCount[] = []
  counts.forEach((count, bucket) => {
    if (count > 0) found.push([bucket, count])
  })
  counts.fill(0)
  return found
}
