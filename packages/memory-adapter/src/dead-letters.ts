import type { DeadTask, ListQuery } from '@mq/core'
import { LinkedList } from './linked-list.ts'
import type { Linked } from './linked-list.ts'
import type { TaskRecord } from './task-record.ts'

const MAX_AGE_MS = 1_209_600_000
const MAX_COUNT = 10_000

interface Grave extends Linked<Grave> {
  readonly n: number
  readonly letter: DeadTask
  readonly task: TaskRecord
  readonly buriedAt: number
}

/** Tasks that were given up: the last 10,000, at most 14 days old. */
export class DeadLetters {
  readonly #graves = new LinkedList<Grave>()
  readonly #byNumber = new Map<number, Grave>()
  readonly #onDropped: (id: string, n: number, now: number) => void

  /** `onDropped` hears of letters with an own id that are no longer kept. */
  constructor(onDropped: (id: string, n: number, now: number) => void) {
    this.#onDropped = onDropped
  }

  bury(letter: DeadTask, task: TaskRecord, now: number): void {
    const grave: Grave = { n: task.n, letter, task, buriedAt: now, previous: undefined, next: undefined }
    this.#graves.pushBack(grave)
    this.#byNumber.set(grave.n, grave)
    if (this.#graves.size > MAX_COUNT) this.#dropOldest(now)
    this.#dropOld(now)
  }

  size(now: number): number {
    this.#dropOld(now)
    return this.#graves.size
  }

  of(n: number, now: number): DeadTask | undefined {
    this.#dropOld(now)
    return this.#byNumber.get(n)?.letter
  }

  /** What was buried, as it was. */
  taskOf(n: number, now: number): TaskRecord | undefined {
    this.#dropOld(now)
    return this.#byNumber.get(n)?.task
  }

  remove(n: number, now: number): boolean {
    const grave = this.#byNumber.get(n)
    if (grave) this.#drop(grave, now)
    return grave !== undefined
  }

  /** Newest first. O(10,000) at the most: there are no more. */
  list({ only, after, diedFrom = 0, diedTo = Infinity, limit }: ListQuery, now: number): readonly DeadTask[] {
    this.#dropOld(now)
    if (only) return only.flatMap((n) => this.#byNumber.get(Number(n))?.letter ?? []).slice(0, limit)
    const page: DeadTask[] = []
    const last = after && this.#byNumber.get(Number(after.n))
    const latest = after === undefined ? diedTo : Math.min(diedTo, after.diedAt)
    let grave = last ? last.previous : this.#graves.last
    for (; grave !== undefined && page.length < limit && grave.letter.diedAt >= diedFrom; grave = grave.previous) {
      if (grave.letter.diedAt <= latest) page.push(grave.letter)
    }
    return page
  }

  #dropOld(now: number): void {
    let oldest: Grave | undefined
    while ((oldest = this.#graves.first) && now - oldest.buriedAt >= MAX_AGE_MS) this.#dropOldest(now)
  }

  #dropOldest(now: number): void {
    const oldest = this.#graves.first
    if (oldest) this.#drop(oldest, now)
  }

  #drop(grave: Grave, now: number): void {
    this.#graves.remove(grave)
    this.#byNumber.delete(grave.n)
    const { id } = grave.task
    if (id !== undefined) this.#onDropped(id, grave.n, now)
  }
}
