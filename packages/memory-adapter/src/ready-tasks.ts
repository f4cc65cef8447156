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
