import { LinkedList } from './linked-list.ts'
import type { TaskRecord } from './task-record.ts'

export const LEVELS = 10

/** The tasks that wait to be claimed: ten lines, the highest level first, first in, first out inside a level. */
export class ReadyTasks {
  readonly #lines = Array.from({ length: LEVELS }, () => new LinkedList<TaskRecord>())
  #size = 0

  get size(): number {
    return this.#size
  }

  append(task: TaskRecord): void {
    task.place = 'waiting'
    this.#lines[task.level]!.pushBack(task)
    this.#size++
  }

  /** To the heads of their levels, the first of them foremost. */
  prepend(tasks: readonly TaskRecord[]): void {
    for (const task of tasks.toReversed()) {
      task.place = 'waiting'
      this.#lines[task.level]!.pushFront(task)
    }
    this.#size += tasks.length
  }

  remove(task: TaskRecord): void {
    this.#lines[task.level]!.remove(task)
    this.#size--
  }

  /** The oldest of the lowest level. */
  get lowest(): TaskRecord | undefined {
    return this.#lines.find((line) => line.size > 0)?.first
  }

  /** How many are claimed before a task that waits; undefined when they are more than `most`. */
  ahead(task: TaskRecord, most: number): number | undefined {
    let ahead = 0
    for (let level = LEVELS - 1; level > task.level; level--) ahead += this.#lines[level]!.size
    for (let other = task.previous; other !== undefined && ahead <= most; other = other.previous) ahead++
    return ahead > most ? undefined : ahead
  }

  shift(): TaskRecord | undefined {
    for (let level = LEVELS - 1; level >= 0; level--) {
      const task = this.#lines[level]!.shift()
      if (task === undefined) continue
      this.#size--
      return task
    }
    return undefined
  }
}
