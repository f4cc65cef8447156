import type { EndedLane, EnqueueBatch, NewTask, Receipt } from '../ports/queue-driver.ts'
import type { Services } from '../services/services.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { Enqueuer } from '../storage-calls/enqueuer.ts'
import type { Bounds, EnqueuerEvents, TaskStore } from '../storage-calls/enqueuer.ts'
import { addTogether, newerOr, waysOf, waysOfAll } from './enqueueing.ts'
import { STALLED_MS } from './in-time.ts'
import type { PartitionedQueue } from './partitioned-queue.ts'
import type { PartitionPort } from './partition-port.ts'
import { nameOf } from './places.ts'

/** So many that come together go to one partition, before the next is taken: a burst is spread, too. */
const TOGETHER = 32
/** UTF-8 of a UTF-16 unit, at the most. */
const BYTES_OF_CHARACTER = 3

/** The calls to one partition. */
interface Way {
  readonly enqueuer: TaskStore<any>
  /** When those that are not answered began. */
  readonly under: Set<{ readonly since: number }>
}

/**
 * Stores the tasks of a queue with partitions, each partition by calls of its own: none waits for another, and a batch
 * is stored as a whole or not at all. Tasks that may be anywhere go where the next batch goes; each batch makes way for
 * the next partition, but for those that do not answer. Where there are former generations, a task with a name is first
 * offered to its homes there, which take it if they know it.
 */
export class RoutedEnqueuer<Answer> implements TaskStore<Answer> {
  readonly #queue: string
  readonly #driver: PartitionedQueue
  readonly #services: Services
  readonly #bounds: Bounds
  readonly #events: EnqueuerEvents<Answer>
  readonly #ways = new Map<PartitionPort, Way>()
  /** The position of the next one. */
  #next: number
  /** How many it was given. */
  #together = 0

  constructor(
    queue: string,
    driver: PartitionedQueue,
    services: Services,
    bounds: Bounds,
    events: EnqueuerEvents<Answer>,
  ) {
    this.#queue = queue
    this.#driver = driver
    this.#services = services
    this.#bounds = bounds
    this.#events = events
    const { current } = driver.partitions
    this.#next = driver.begin ?? Math.floor(services.random() * current.length) % current.length
  }

  add(task: NewTask, bytes: number): Promise<Answer> {
    const { partitions } = this.#driver
    const name = nameOf(task)
    if (name !== undefined) {
      const home = partitions.hasFormer ? waysOf(partitions, name)[0]! : partitions.home(name)
      return this.#at(home).enqueuer.add(task, bytes)
    }
    const added = this.#at(this.#any).enqueuer.add(task, bytes)
    if (++this.#together >= TOGETHER) this.#goOn()
    return added
  }

  async addAll(tasks: readonly NewTask[]): Promise<readonly Receipt[]> {
    for (;;) {
      const { made } = this.#any
      const ways = waysOfAll(this.#driver.partitions, tasks) ?? [this.#any]
      const receipts = await addTogether(ways, (port) => this.#at(port).enqueuer.addAll(tasks))
      if (receipts !== undefined) return receipts
      await this.#newer(made)
    }
  }

  obliterated(): void {
    for (const { enqueuer } of this.#ways.values()) enqueuer.obliterated()
  }

  async close(endAt: number): Promise<void> {
    await Promise.all([...this.#ways.values()].map(({ enqueuer }) => enqueuer.close(endAt)))
  }

  get #any(): PartitionPort {
    const { current } = this.#driver.partitions
    return current[this.#next % current.length]!
  }

  /** That partition is sealed, and knows nothing of it. */
  async #addNewer(task: NewTask, { made }: PartitionPort): Promise<Answer> {
    await this.#newer(made)
    const name = nameOf(task)
    const ways = name === undefined ? [] : waysOf(this.#driver.partitions, name)
    const next = ways.find((port) => port.made > made) ?? this.#any
    // As many as a character has at the most.
    const bytes = BYTES_OF_CHARACTER * (task.header.length + task.payload.length)
    return this.#at(next).enqueuer.add(task, bytes)
  }

  /** Resolves when a generation after that one is known. */
  #newer(made: number): Promise<void> {
    const { operationTimeoutMs: timeoutMs } = this.#services
    return repeatUntilKnown(this.#services, () => newerOr(this.#driver, made), { timeoutMs })
  }

  #at(port: PartitionPort): Way {
    const known = this.#ways.get(port)
    if (known !== undefined) return known
    const under: Way['under'] = new Set()
    /** By lane, the last number that was sent. */
    const sent = new Map<string, number>()
    const driver = {
      enqueue: async (batch: EnqueueBatch) => {
        if (port === this.#any) this.#goOn()
        const call = { since: this.#services.clock.now() }
        under.add(call)
        try {
          return await this.#driver.enqueueAt(port, batch, sent)
        } finally {
          under.delete(call)
        }
      },
      endLanes: (lanes: readonly EndedLane[]) => this.#driver.endLanesAt(port, lanes),
    }
    const events: EnqueuerEvents<Answer | Promise<Answer>> = {
      onSend: this.#events.onSend,
      // Whoever waits for an answer waits for what is promised there.
      answer: (task, receipt) =>
        receipt.state === 'moved' ? this.#addNewer(task, port) : this.#events.answer(task, receipt),
    }
    const way = { enqueuer: new Enqueuer(this.#queue, driver, this.#services, this.#bounds, events), under }
    this.#ways.set(port, way)
    return way
  }

  #goOn(): void {
    this.#together = 0
    const { current } = this.#driver.partitions
    const first = (this.#next + 1) % current.length
    for (let i = 0; i < current.length; i++) {
      this.#next = (first + i) % current.length
      if (!this.#isAway(this.#any)) return
    }
    this.#next = first
  }

  #isAway(port: PartitionPort): boolean {
    if (this.#driver.isAway(port.index)) return true
    const before = this.#services.clock.now() - STALLED_MS
    for (const { since } of this.#ways.get(port)?.under ?? []) if (since < before) return true
    return false
  }
}
