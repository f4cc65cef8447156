import { DEFAULT_KEEP } from '@mq/core/adapter'
import type { DeadTask, KeepLimits, ListQuery } from '@mq/core/adapter'
import { bytesOfLog } from './add-log.ts'
import { LinkedList } from './linked-list.ts'
import type { Linked } from './linked-list.ts'
import type { TaskRecord } from './task-record.ts'

interface Grave extends Linked<Grave> {
  readonly n: number
  readonly letter: DeadTask
  readonly task: TaskRecord
  readonly buriedAt: number
  readonly bytes: number
}

/** Buried tasks, within bounds: beyond one, the oldest are dropped and counted. */
export class DeadLetters {
  readonly #graves = new LinkedList<Grave>()
  readonly #byNumber = new Map<number, Grave>()
  /** The bounds of the last turn. */
  limits: KeepLimits = DEFAULT_KEEP.dead
  /** The total that was dropped for a bound. */
  dropped = 0
  #bytes = 0
  #unreported = 0
  readonly #onDropped: (id: string, n: number, now: number) => void

  /** `onDropped` is called with letters that have an own id and are no longer kept. */
  constructor(onDropped: (id: string, n: number, now: number) => void) {
    this.#onDropped = onDropped
  }

  bury(letter: DeadTask, task: TaskRecord, now: number): void {
    let bytes = letter.bytes + Buffer.byteLength(letter.detail) + letter.reason.length
    for (const { error } of task.errors ?? []) bytes += Buffer.byteLength(error)
    bytes += bytesOfLog(task.log?.lines ?? [])
    const grave: Grave = { n: task.n, letter, task, buriedAt: now, bytes, previous: undefined, next: undefined }
    this.#graves.pushBack(grave)
    this.#byNumber.set(grave.n, grave)
    this.#bytes += bytes
    while (this.#graves.size > this.limits.maxCount || this.#bytes > this.limits.maxBytes) this.#dropOldest(now)
    this.#dropOld(now)
  }

  /** How many were dropped for a bound since the last call. */
  takeDropped(): number {
    const count = this.#unreported
    this.#unreported = 0
    return count
  }

  size(now: number): number {
    this.#dropOld(now)
    return this.#graves.size
  }

  of(n: number, now: number): DeadTask | undefined {
    this.#dropOld(now)
    return this.#byNumber.get(n)?.letter
  }

  /** Drops nothing itself, since it may be called while letters are being dropped. */
  keeps(n: number, now: number): boolean {
    const grave = this.#byNumber.get(n)
    return grave !== undefined && now - grave.buriedAt < this.limits.maxAgeMs
  }

  /** The task as it was buried. */
  taskOf(n: number, now: number): TaskRecord | undefined {
    this.#dropOld(now)
    return this.#byNumber.get(n)?.task
  }

  remove(n: number, now: number): boolean {
    const grave = this.#byNumber.get(n)
    if (grave) this.#drop(grave, now)
    return grave !== undefined
  }

  /** Newest first. O(letters) when `after` no longer exists, or for a range of time. */
  list({ payloads = true, ...query }: ListQuery, now: number): readonly DeadTask[] {
    this.#dropOld(now)
    const page = this.#page(query)
    return payloads ? page : page.map((letter) => ({ ...letter, payload: '' }))
  }

  #page({ only, after, diedFrom = 0, diedTo = Infinity, limit }: ListQuery): readonly DeadTask[] {
    if (only) return only.flatMap((n) => this.#byNumber.get(Number(n))?.letter ?? []).slice(0, limit)
    const page: DeadTask[] = []
    const last = after && this.#byNumber.get(Number(after.n))
    const latest = after === undefined ? diedTo : Math.min(diedTo, after.diedAt)
    // A task that died again since then is at another place.
    let grave = last && last.letter.diedAt === after?.diedAt ? last.previous : this.#graves.last
    for (; grave !== undefined && page.length < limit && grave.letter.diedAt >= diedFrom; grave = grave.previous) {
      if (grave.letter.diedAt <= latest) page.push(grave.letter)
    }
    return page
  }

  #dropOld(now: number): void {
    let oldest: Grave | undefined
    while ((oldest = this.#graves.first) && now - oldest.buriedAt >= this.limits.maxAgeMs) this.#dropOldest(now)
  }

  #dropOldest(now: number): void {
    const oldest = this.#graves.first
    if (oldest === undefined) return
    this.dropped++
    this.#unreported++
    this.#drop(oldest, now)
  }

  #drop(grave: Grave, now: number): void {
    this.#graves.remove(grave)
    this.#byNumber.delete(grave.n)
    this.#bytes -= grave.bytes
    const { id } = grave.task
    if (id !== undefined) this.#onDropped(id, grave.n, now)
  }
}
