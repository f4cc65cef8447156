import { Batcher } from '../calls/batcher.ts'
import { limited } from '../calls/limit.ts'
import { repeatUntilKnown } from '../calls/repeat.ts'
import { uniqueName } from '../calls/services.ts'
import type { Services } from '../calls/services.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../define/limits.ts'
import { MqError, toError } from '../errors.ts'
import type { EnqueueBatch, NewTask, QueueDriver, Receipt } from '../ports/queue-driver.ts'

const LANES = 2
/** For the last call to reach the storage: by the deadline, but a moment at the least. */
const LAST_CALL_MS = 500
const SHORTEST_LAST_CALL_MS = 100
const onTimeout = (): MqError => new MqError('unavailable', 'the storage did not answer in time')

/** The bound that a queue's definition sets. */
export interface Bounds {
  readonly capacity: number | undefined
  readonly awaitRoom: boolean
  readonly displace: boolean
}

/**
 * Stores tasks. Calls of one moment share a round trip; a batch whose reply is lost is repeated under the same number, so
 * that no task is ever added twice by the library's own retries.
 */
export class Enqueuer {
  readonly #driver: QueueDriver
  readonly #services: Services
  readonly #name = uniqueName()
  readonly #seqs = new Map<string, number>()
  /** Lanes that the storage may know. */
  readonly #known = new Set<string>()
  readonly #singles: Batcher<NewTask, Receipt>
  readonly #groups: Batcher<readonly NewTask[], readonly Receipt[]>

  constructor(driver: QueueDriver, services: Services, bounds: Bounds) {
    this.#driver = driver
    this.#services = services
    const { clock, operationTimeoutMs: timeoutMs } = services
    const limits = { clock, timeoutMs, lanes: LANES, maxItems: MAX_BATCH, maxBytes: MAX_BATCH_BYTES }
    this.#singles = new Batcher({
      ...limits,
      send: (tasks, lane) => this.#send(`${this.#name}.${lane}`, { tasks, atomic: false, ...bounds }),
    })
    this.#groups = new Batcher({
      ...limits,
      maxItems: 1,
      send: async ([tasks], lane) => [
        await this.#send(`${this.#name}.${LANES + lane}`, { tasks: tasks!, atomic: true, ...bounds }),
      ],
    })
  }

  /** Resolves with what became of the task; refused ones have a receipt too. Throws `unavailable` and the like. */
  add(task: NewTask, bytes: number): Promise<Receipt> {
    return this.#singles.add(task, bytes)
  }

  /** All or none. */
  addAll(tasks: readonly NewTask[]): Promise<readonly Receipt[]> {
    return this.#groups.add(tasks, 0)
  }

  /** The storage forgot the queue and its lanes: to end them would leave what was just deleted. They are numbered on. */
  obliterated(): void {
    this.#known.clear()
  }

  /** Nothing is added any more: the storage can forget now what it was to remember. What it does not hear it forgets in time. */
  async close(endAt: number): Promise<void> {
    if (this.#known.size === 0) return
    const { clock, logger } = this.#services
    const lanes = [...this.#known].map((lane) => ({ lane, seq: this.#seqs.get(lane)! }))
    const timeoutMs = Math.min(LAST_CALL_MS, Math.max(SHORTEST_LAST_CALL_MS, endAt - clock.now()))
    try {
      await limited(this.#driver.endLanes(lanes), { clock, timeoutMs, onTimeout })
    } catch (thrown) {
      logger.debug({ err: toError(thrown) }, 'the storage did not hear of the end of a producer')
    }
  }

  async #send(lane: string, batch: Omit<EnqueueBatch, 'lane' | 'seq'>): Promise<readonly Receipt[]> {
    const seq = (this.#seqs.get(lane) ?? 0) + 1
    this.#seqs.set(lane, seq)
    this.#known.add(lane)
    try {
      return await repeatUntilKnown(this.#services, () => this.#driver.enqueue({ lane, seq, ...batch }), {
        timeoutMs: this.#services.operationTimeoutMs,
      })
    } finally {
      // It may have come after the queue was obliterated.
      this.#known.add(lane)
    }
  }
}
