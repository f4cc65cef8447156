import type { NewTask, QueueDriver, Receipt } from '../ports/queue-driver.ts'
import type { TaskStore } from '../storage-calls/enqueuer.ts'
import type { FollowingQueue } from './following-queue.ts'

/**
 * Stores tasks of a queue that is used by its name alone, as its driver of the moment is best used: each partition by
 * calls of its own. What is refused because it has another number of them is stored anew: nothing was done.
 */
export class FollowingEnqueuer<Answer> implements TaskStore<Answer> {
  readonly #queue: FollowingQueue
  readonly #make: (driver: QueueDriver) => TaskStore<Answer>
  /** Those before are kept for what they have under way. */
  readonly #stores = new Map<QueueDriver, TaskStore<Answer>>()

  constructor(queue: FollowingQueue, make: (driver: QueueDriver) => TaskStore<Answer>) {
    this.#queue = queue
    this.#make = make
  }

  add(task: NewTask, bytes: number): Promise<Answer> {
    return this.#call((store) => store.add(task, bytes))
  }

  addAll(tasks: readonly NewTask[]): Promise<readonly Receipt[]> {
    return this.#call((store) => store.addAll(tasks))
  }

  obliterated(): void {
    for (const store of this.#stores.values()) store.obliterated()
  }

  async close(endAt: number): Promise<void> {
    await Promise.all([...this.#stores.values()].map((store) => store.close(endAt)))
  }

  #call<T>(call: (store: TaskStore<Answer>) => Promise<T>): Promise<T> {
    return this.#queue.call(
      (driver) => call(this.#storeOf(driver)),
      // Its lanes are of no queue that is there.
      (driver) => this.#storeOf(driver).obliterated(),
    )
  }

  #storeOf(driver: QueueDriver): TaskStore<Answer> {
    let store = this.#stores.get(driver)
    if (store === undefined) this.#stores.set(driver, (store = this.#make(driver)))
    return store
  }
}
