import type { DeadTask } from '@mq/core'
import { LinkedList } from './linked-list.ts'
import type { Linked } from './linked-list.ts'

const MAX_AGE_MS = 1_209_600_000
const MAX_COUNT = 10_000

interface Grave extends Linked<Grave> {
  readonly n: number
  readonly task: DeadTask
  readonly buriedAt: number
}

/** Tasks that were given up: the last 10,000, at most 14 days old. */
export class DeadLetters {
  readonly #graves = new LinkedList<Grave>()
  readonly #byNumber = new Map<number, Grave>()

  bury(task: DeadTask, now: number): void {
    const grave: Grave = { n: Number(task.n), task, buriedAt: now, previous: undefined, next: undefined }
    this.#graves.pushBack(grave)
    this.#byNumber.set(grave.n, grave)
    if (this.#graves.size > MAX_COUNT) this.#dropOldest()
    this.#dropOld(now)
  }

  size(now: number): number {
    this.#dropOld(now)
    return this.#graves.size
  }

  of(n: number, now: number): DeadTask | undefined {
    this.#dropOld(now)
    return this.#byNumber.get(n)?.task
  }

  /** Newest first. O(offset + limit), and there are at most 10,000. */
  list(offset: number, limit: number, now: number): readonly DeadTask[] {
    this.#dropOld(now)
    const page: DeadTask[] = []
    let grave = this.#graves.last
    for (let i = 0; grave !== undefined && page.length < limit; i++, grave = grave.previous) {
      if (i >= offset) page.push(grave.task)
    }
    return page
  }

  #dropOld(now: number): void {
    let oldest: Grave | undefined
    while ((oldest = this.#graves.first) && now - oldest.buriedAt >= MAX_AGE_MS) this.#dropOldest()
  }

  #dropOldest(): void {
    const oldest = this.#graves.shift()
    if (oldest) this.#byNumber.delete(oldest.n)
  }
}
