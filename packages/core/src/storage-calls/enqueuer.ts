import { Batcher } from './batcher.ts'
import type { BatcherOptions } from './batcher.ts'
import { lastCall } from './last-call.ts'
import { repeatUntilKnown } from './repeat.ts'
import { laneName } from './lane-name.ts'
import type { Services } from '../services/services.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../ports/limits.ts'
import type { EnqueueBatch, NewTask, OutcomeLimits, QueueDriver, Receipt } from '../ports/queue-driver.ts'

const LANES = 2
/**
 * Of `MAX_BATCH`: what a storage does for one in place of a plain task. So no call of many callers holds the server up
 * for longer than 10 ms: on Redis 1,000 plain tasks take 2–3 ms, with ids 8–15, with keys 18–35.
 */
const WITH_ID = 2
const WITH_KEY = 4

/** What the queue's definition says of its tasks together. */
export interface Bounds {
  readonly capacity: number | undefined
  readonly keyCapacity: number | undefined
  readonly awaitRoom: boolean
  readonly displace: boolean
  readonly outcomes: OutcomeLimits | undefined
}

export interface EnqueuerEvents<Answer> {
  /** What the caller of `add` gets, or what it throws. */
  readonly answer: (task: NewTask, receipt: Receipt) => Answer
  /** Called with each batch. */
  readonly onSend: (queue: string) => void
}

/** Where tasks are enqueued. */
export interface TaskStore<Answer> {
  /** Throws `unavailable` and the like. */
  add(task: NewTask, bytes: number): Promise<Answer>
  /** All or none. Resolves with the receipts, also when they were refused. */
  addAll(tasks: readonly NewTask[]): Promise<readonly Receipt[]>
  /**
   * The storage forgot the queue and its lanes: ending them would store again what was just deleted. Their numbers
   * continue.
   */
  obliterated(): void
  /** No task is added any more, so the storage can forget the lanes now. Without this call it forgets them later. */
  close(endAt: number): Promise<void>
}

/**
 * Stores tasks. Calls of one moment share a round trip; a batch whose reply is lost is repeated under the same number,
 * so that no task is ever added twice by the library's own retries.
 */
export class Enqueuer<Answer> implements TaskStore<Answer> {
  readonly #driver: Pick<QueueDriver, 'enqueue' | 'endLanes'>
  readonly #services: Services
  readonly #bounds: Bounds
  readonly #answer: (task: NewTask, receipt: Receipt) => Answer
  readonly #onSend: (queue: string) => void
  readonly #queue: string
  readonly #name = laneName()
  /**
   * The number of each lane's last batch; lanes of single tasks first. Literals, because an array that grows takes
   * memory for 17.
   */
  readonly #seqs = [0, 0, 0, 0]
  /** The lanes that the storage may know. */
  readonly #known = [false, false, false, false]
  // Made by the first call that needs it, since few producers use both.
  #singles: Batcher<NewTask, Receipt, Answer> | undefined
  #groups: Batcher<readonly NewTask[], readonly Receipt[]> | undefined

  constructor(
    queue: string,
    driver: Pick<QueueDriver, 'enqueue' | 'endLanes'>,
    services: Services,
    bounds: Bounds,
    { answer, onSend }: EnqueuerEvents<Answer>,
  ) {
    this.#answer = answer
    this.#queue = queue
    this.#driver = driver
    this.#services = services
    this.#bounds = bounds
    this.#onSend = onSend
  }

  add(task: NewTask, bytes: number): Promise<Answer> {
    this.#singles ??= new Batcher({
      ...this.#limits(MAX_BATCH),
      send: (tasks, lane) => this.#send(lane, { tasks, atomic: false, ...this.#bounds }),
      answer: this.#answer,
    })
    return this.#singles.add(task, bytes, weightOf(task))
  }

  addAll(tasks: readonly NewTask[]): Promise<readonly Receipt[]> {
    this.#groups ??= new Batcher({
      ...this.#limits(1),
      send: async ([group], lane) => [await this.#send(LANES + lane, { tasks: group!, atomic: true, ...this.#bounds })],
    })
    return this.#groups.add(tasks, 0)
  }

  obliterated(): void {
    this.#known.fill(false)
  }

  async close(endAt: number): Promise<void> {
    const all = this.#seqs.map((seq, lane) => ({ lane: this.#nameOf(lane), seq }))
    const lanes = all.filter((_, lane) => this.#known[lane])
    if (lanes.length === 0) return
    await lastCall(() => this.#driver.endLanes(lanes), {
      endAt,
      services: this.#services,
      onFailure: 'the end of a producer could not be recorded',
    })
  }

  #limits(maxItems: number): Omit<BatcherOptions<unknown, unknown, unknown>, 'send' | 'answer'> {
    const { clock, operationTimeoutMs: timeoutMs } = this.#services
    return { clock, timeoutMs, lanes: LANES, maxItems, maxBytes: MAX_BATCH_BYTES }
  }

  #nameOf(lane: number): string {
    return `${this.#name}.${lane}`
  }

  async #send(number: number, batch: Omit<EnqueueBatch, 'lane' | 'seq'>): Promise<readonly Receipt[]> {
    const seq = ++this.#seqs[number]!
    this.#known[number] = true
    this.#onSend(this.#queue)
    const lane = this.#nameOf(number)
    try {
      return await repeatUntilKnown(this.#services, () => this.#driver.enqueue({ lane, seq, ...batch }), {
        timeoutMs: this.#services.operationTimeoutMs,
      })
    } finally {
      // The call may have arrived after the queue was obliterated.
      this.#known[number] = true
    }
  }
}

function weightOf({ id, dedupe, key, after }: NewTask): number {
  if (key !== undefined || after !== undefined) return WITH_KEY
  return id === undefined && dedupe === undefined ? 1 : WITH_ID
}
