import { BLOCKED_AT } from './flows.ts'
import { LEVELS } from './ready-tasks.ts'
import type { ReadyTasks } from './ready-tasks.ts'
import type { TaskRecord } from './task-record.ts'
import { TimeHeap } from './time-heap.ts'

/**
 * The tasks that are not due yet: one heap a level, so that many due tasks of a low level are never before a due one of
 * a high level.
 */
export class LaterTasks {
  readonly #heaps = Array.from({ length: LEVELS }, () => new TimeHeap<TaskRecord>())
  #size = 0

  get size(): number {
    return this.#size
  }

  /** When the earliest is due. */
  get nextDueAt(): number | undefined {
    if (this.#size === 0) return undefined
    const earliest = Math.min(...this.#heaps.map((heap) => heap.first?.at ?? Number.POSITIVE_INFINITY))
    return earliest < BLOCKED_AT ? earliest : undefined
  }

  /** How many are due. O(their number). */
  countDue(now: number): number {
    return this.#heaps.reduce((sum, heap) => sum + heap.countDue(now), 0)
  }

  /** How many run after others. O(how many there are). */
  countBlocked(): number {
    return this.all().filter(({ at }) => at >= BLOCKED_AT).length
  }

  /** When the earliest of each level were due that are. */
  dueSince(now: number): readonly number[] {
    return this.#heaps.flatMap(({ first }) => (first !== undefined && first.at <= now ? [first.at] : []))
  }

  /** The earliest of the lowest level. */
  get lowest(): TaskRecord | undefined {
    return this.#heaps.find((heap) => heap.size > 0)?.first
  }

  /** In no order. */
  all(): readonly TaskRecord[] {
    return this.#heaps.flatMap((heap) => heap.items)
  }

  add(task: TaskRecord, dueAt: number): void {
    task.place = 'delayed'
    task.at = dueAt
    task.order = task.n
    this.#heaps[task.level]!.add(task)
    this.#size++
  }

  remove(task: TaskRecord): void {
    this.#heaps[task.level]!.remove(task)
    this.#size--
  }

  /** Moves due tasks to the ends of their levels, at most so many of each level. */
  promote(now: number, most: number, ready: ReadyTasks): void {
    for (let level = LEVELS - 1; level >= 0 && this.#size > 0; level--) {
      for (let moved = 0; moved < most; moved++) {
        const task = this.#heaps[level]!.takeDue(now)
        if (task === undefined) break
        this.#size--
        ready.append(task, now)
      }
    }
  }
}

/** Whether an idle worker that knows `before` as the earliest time would sleep too long. */
export function isEarlier(dueAt: number | undefined, before: number | undefined): boolean {
  return dueAt !== undefined && (before === undefined || dueAt < before)
}

export function earliest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
}
