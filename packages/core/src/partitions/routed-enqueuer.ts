import type { EndedLane, EnqueueBatch, NewTask, Receipt } from '../ports/queue-driver.ts'
import type { Services } from '../services/services.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { Enqueuer } from '../storage-calls/enqueuer.ts'
import type { Bounds, EnqueuerEvents, TaskStore } from '../storage-calls/enqueuer.ts'
import { addTogether, newerOr, waysOf, waysOfAll } from './enqueueing.ts'
import type { PartitionedQueue } from './partitioned-queue.ts'
import type { PartitionPort } from './partition-port.ts'
import { nameOf } from './places.ts'
import { Rotation } from './rotation.ts'

/** UTF-8 of a UTF-16 unit, at the most. */
const BYTES_OF_CHARACTER = 3

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
  /** The calls to each partition. */
  readonly #ways = new Map<PartitionPort, TaskStore<any>>()
  readonly #rotation: Rotation<PartitionPort>

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
    const places = (): readonly PartitionPort[] => driver.partitions.current
    const { length } = places()
    this.#rotation = new Rotation({
      clock: services.clock,
      places,
      begin: driver.begin ?? Math.floor(services.random() * length) % length,
      isAway: ({ index }) => driver.isAway(index),
    })
  }

  add(task: NewTask, bytes: number): Promise<Answer> {
    const knowing = this.#knowing()
    return knowing === undefined ? this.#addKnown(task, bytes) : knowing.then(() => this.#addKnown(task, bytes))
  }

  #addKnown(task: NewTask, bytes: number): Promise<Answer> {
    const { partitions } = this.#driver
    const name = nameOf(task)
    if (name !== undefined) {
      const home = partitions.hasFormer ? waysOf(partitions, name)[0]! : partitions.home(name)
      return this.#at(home).add(task, bytes)
    }
    const added = this.#at(this.#rotation.next).add(task, bytes)
    this.#rotation.given(1)
    return added
  }

  async addAll(tasks: readonly NewTask[]): Promise<readonly Receipt[]> {
    await this.#knowing()
    for (;;) {
      const any = this.#rotation.next
      const ways = waysOfAll(this.#driver.partitions, tasks) ?? [any]
      const receipts = await addTogether(ways, (port) => this.#at(port).addAll(tasks))
      if (receipts !== undefined) return receipts
      await this.#newer(any.made)
    }
  }

  obliterated(): void {
    for (const enqueuer of this.#ways.values()) enqueuer.obliterated()
  }

  async close(endAt: number): Promise<void> {
    await Promise.all([...this.#ways.values()].map((enqueuer) => enqueuer.close(endAt)))
  }

  /** That partition is sealed, and knows nothing of it. */
  async #addNewer(task: NewTask, { made }: PartitionPort): Promise<Answer> {
    await this.#newer(made)
    const { partitions } = this.#driver
    const name = nameOf(task)
    const home = name === undefined ? this.#rotation.next : partitions.home(name)
    const ways = name === undefined ? [] : waysOf(partitions, name)
    const next = ways.find((port) => port.made > made) ?? home
    // As many as a character has at the most.
    const bytes = BYTES_OF_CHARACTER * (task.header.length + task.payload.length)
    return this.#at(next).add(task, bytes)
  }

  /** Undefined: it is known which partitions there are. Before that no task has a place: a former one may know it. */
  #knowing(): Promise<void> | undefined {
    if (this.#driver.partitions.layout.revision > 0) return undefined
    const { operationTimeoutMs: timeoutMs } = this.#services
    return repeatUntilKnown(this.#services, async () => this.#driver.sureToStore(), { timeoutMs })
  }

  /** Resolves when a generation after that one is known. */
  #newer(made: number): Promise<void> {
    const { operationTimeoutMs: timeoutMs } = this.#services
    return repeatUntilKnown(this.#services, () => newerOr(this.#driver, made), { timeoutMs })
  }

  #at(port: PartitionPort): TaskStore<any> {
    const known = this.#ways.get(port)
    if (known !== undefined) return known
    /** By lane, the last number that was sent. */
    const sent = new Map<string, number>()
    const driver = {
      enqueue: (batch: EnqueueBatch) => this.#rotation.during(port, () => this.#driver.enqueueAt(port, batch, sent)),
      endLanes: (lanes: readonly EndedLane[]) => this.#driver.endLanesAt(port, lanes),
    }
    const events: EnqueuerEvents<Answer | Promise<Answer>> = {
      onSend: this.#events.onSend,
      // Whoever waits for an answer waits for what is promised there.
      answer: (task, receipt) =>
        receipt.state === 'moved' ? this.#addNewer(task, port) : this.#events.answer(task, receipt),
    }
    const enqueuer = new Enqueuer(this.#queue, driver, this.#services, this.#bounds, events)
    this.#ways.set(port, enqueuer)
    return enqueuer
  }
}
