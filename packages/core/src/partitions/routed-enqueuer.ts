import type { NewTask, Receipt } from '../ports/queue-driver.ts'
import type { Services } from '../services/services.ts'
import { Enqueuer } from '../storage-calls/enqueuer.ts'
import type { Bounds, EnqueuerEvents, TaskStore } from '../storage-calls/enqueuer.ts'
import { homeOfAll } from './enqueueing.ts'
import { STALLED_MS } from './in-time.ts'
import type { PartitionedQueue } from './partitioned-queue.ts'
import { homeOfTask } from './places.ts'

/** So many that come together go to one partition, before the next is taken: a burst is spread, too. */
const TOGETHER = 32

/** The calls to one partition. */
interface Way {
  readonly enqueuer: TaskStore<any>
  /** When those that are not answered began. */
  readonly under: Set<{ readonly since: number }>
}

/**
 * Stores the tasks of a queue with partitions, each partition by calls of its own: none waits for another, and a batch
 * is stored as a whole or not at all. Tasks that may be anywhere go where the next batch goes; each batch makes way for
 * the next partition, but for those that do not answer.
 */
export class RoutedEnqueuer<Answer> implements TaskStore<Answer> {
  readonly #queue: string
  readonly #driver: PartitionedQueue
  readonly #services: Services
  readonly #bounds: Bounds
  readonly #events: EnqueuerEvents<Answer>
  readonly #ways = new Map<number, Way>()
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
    this.#next = driver.begin ?? Math.floor(services.random() * driver.of) % driver.of
  }

  add(task: NewTask, bytes: number): Promise<Answer> {
    const home = homeOfTask(task, this.#driver.of)
    if (home !== undefined) return this.#at(home).enqueuer.add(task, bytes)
    const added = this.#at(this.#next).enqueuer.add(task, bytes)
    if (++this.#together >= TOGETHER) this.#goOn()
    return added
  }

  async addAll(tasks: readonly NewTask[]): Promise<readonly Receipt[]> {
    const home = homeOfAll(tasks, this.#driver.of)
    return this.#at(home ?? this.#next).enqueuer.addAll(tasks)
  }

  obliterated(): void {
    for (const { enqueuer } of this.#ways.values()) enqueuer.obliterated()
  }

  async close(endAt: number): Promise<void> {
    await Promise.all([...this.#ways.values()].map(({ enqueuer }) => enqueuer.close(endAt)))
  }

  #at(index: number): Way {
    const known = this.#ways.get(index)
    if (known !== undefined) return known
    const under: Way['under'] = new Set()
    const driver = {
      enqueue: async (batch: Parameters<PartitionedQueue['enqueueAt']>[1]) => {
        if (index === this.#next) this.#goOn()
        const call = { since: this.#services.clock.now() }
        under.add(call)
        try {
          return await this.#driver.enqueueAt(index, batch)
        } finally {
          under.delete(call)
        }
      },
      endLanes: (lanes: Parameters<PartitionedQueue['endLanesAt']>[1]) => this.#driver.endLanesAt(index, lanes),
    }
    const way = { enqueuer: new Enqueuer(this.#queue, driver, this.#services, this.#bounds, this.#events), under }
    this.#ways.set(index, way)
    return way
  }

  #goOn(): void {
    this.#together = 0
    const { of } = this.#driver
    const first = (this.#next + 1) % of
    for (let i = 0; i < of; i++) {
      this.#next = (first + i) % of
      if (!this.#isAway(this.#next)) return
    }
    this.#next = first
  }

  #isAway(index: number): boolean {
    if (this.#driver.isAway(index)) return true
    const before = this.#services.clock.now() - STALLED_MS
    for (const { since } of this.#ways.get(index)?.under ?? []) if (since < before) return true
    return false
  }
}
