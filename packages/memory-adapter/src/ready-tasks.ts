import { LinkedList } from './linked-list.ts'
import { isKeyed, KeyedTasks } from './keyed-tasks.ts'
import type { TaskRecord } from './task-record.ts'

export const LEVELS = 10

/**
 * The tasks that wait to be claimed: ten lists, the highest level first, first in, first out inside a level; the same
 * for each key; and, separate from them, the suspects.
 */
export class ReadyTasks {
  readonly #lines = Array.from({ length: LEVELS }, () => new LinkedList<TaskRecord>())
  readonly keyed: KeyedTasks = new KeyedTasks()
  readonly #suspects = new LinkedList<TaskRecord>()
  #size = 0
  /** A task's `order` is its rank while it waits: those of a line rise. */
  #head = 0
  #tail = 0

  /** Suspects too. */
  get size(): number {
    return this.#size
  }

  get suspects(): number {
    return this.#suspects.size
  }

  append(task: TaskRecord, now: number): void {
    if (isKeyed(task)) {
      this.#size++
      return this.keyed.append(task, now)
    }
    task.place = 'waiting'
    task.order = ++this.#tail
    this.#lines[task.level]!.pushBack(task)
    this.#size++
  }

  /** To the heads of their levels, the first of them foremost. */
  prepend(tasks: readonly TaskRecord[], now: number): void {
    for (const task of tasks.toReversed()) {
      if (isKeyed(task)) {
        this.keyed.giveBack(task, now)
        continue
      }
      task.place = 'waiting'
      task.order = --this.#head
      this.#lines[task.level]!.pushFront(task)
    }
    this.#size += tasks.length
  }

  remove(task: TaskRecord, now: number): void {
    if (isKeyed(task)) this.keyed.remove(task, now)
    if (!isKeyed(task) || task.aside) this.#lineOf(task).remove(task)
    task.aside = false
    this.#size--
  }

  /** Out of its place, to be leased. */
  take(task: TaskRecord, now: number): void {
    if (isKeyed(task)) this.keyed.take(task, now)
    else this.keyed.tookPlain()
    if (!isKeyed(task) || task.aside) this.#lineOf(task).remove(task)
    task.aside = false
    this.#size--
  }

  /** To the end of its new line; aside, it stays there. */
  changeLevel(task: TaskRecord, level: number, now: number): void {
    if (isKeyed(task) && !task.aside) {
      this.keyed.remove(task, now)
      task.level = level
      return this.keyed.append(task, now)
    }
    if (!task.aside) this.#lines[task.level]!.remove(task)
    task.level = level
    if (task.aside) return
    task.order = ++this.#tail
    this.#lines[level]!.pushBack(task)
  }

  /** The task leaves its list: most turns are not given it. */
  setAside(task: TaskRecord, now: number): void {
    if (isKeyed(task)) this.keyed.setAside(task, now)
    else this.#lines[task.level]!.remove(task)
    task.aside = true
    task.order = ++this.#tail
    this.#suspects.pushBack(task)
  }

  get firstSuspect(): TaskRecord | undefined {
    return this.#suspects.first
  }

  /** The first suspect whose key may be served. */
  nextSuspect(now: number): TaskRecord | undefined {
    let task = this.#suspects.first
    while (task !== undefined && isKeyed(task) && !this.keyed.allows(task, now)) task = task.next
    return task
  }

  /** The task that is claimed next, apart from suspects: the keys are served in turn. */
  next(now: number): TaskRecord | undefined {
    const { first, keyed } = this
    return keyed.size === 0 ? first : keyed.next(first, now)
  }

  /**
   * When there is something to claim, with suspects, or without: a time that is over, or to come; undefined: once a
   * task ends.
   */
  freeAt(now: number, areSuspects: boolean): number | undefined {
    if (this.first !== undefined || (areSuspects && this.nextSuspect(now) !== undefined)) return now
    return this.keyed.freeAt(now)
  }

  /** Whether it waits, and limits of its key do not keep it waiting. */
  isServed(task: TaskRecord): boolean {
    return task.place === 'waiting' && (!isKeyed(task) || this.keyed.isServed(task))
  }

  /** The first of those without a key, apart from suspects. */
  get first(): TaskRecord | undefined {
    return this.#lines.findLast((line) => line.size > 0)?.first
  }

  /** The oldest task of the lowest level, apart from suspects; where all have keys, any. */
  get lowest(): TaskRecord | undefined {
    return this.#lines.find((line) => line.size > 0)?.first ?? this.keyed.any
  }

  /** Those that are next in their lines, suspects too. */
  get heads(): readonly TaskRecord[] {
    const firsts = [...[...this.#lines, this.#suspects].map(({ first }) => first), ...this.keyed.heads]
    return firsts.flatMap((task) => task ?? [])
  }

  /** How many are claimed before a task that waits; undefined when they are more than `most`, or cannot be said. */
  ahead(task: TaskRecord, most: number): number | undefined {
    if (task.aside) return undefined
    if (isKeyed(task)) return this.keyed.ahead(task, most)
    let ahead = 0
    for (let level = LEVELS - 1; level > task.level; level--) ahead += this.#lines[level]!.size
    for (let other = task.previous; other !== undefined && ahead <= most; other = other.previous) ahead++
    return ahead > most ? undefined : ahead
  }

  /** The ten levels, the highest first, and the suspects. */
  get lineCount(): number {
    return LEVELS + 1
  }

  firstOf(line: number): TaskRecord | undefined {
    return this.#line(line).first
  }

  lastOf(line: number): TaskRecord | undefined {
    return this.#line(line).last
  }

  /** Whether it stands there since it got this rank. */
  isAt(task: TaskRecord, line: number, rank: number): boolean {
    return task.place === 'waiting' && this.#lineOf(task) === this.#line(line) && task.order === rank
  }

  #line(line: number): LinkedList<TaskRecord> {
    return this.#lines[LEVELS - 1 - line] ?? this.#suspects
  }

  #lineOf(task: TaskRecord): LinkedList<TaskRecord> {
    return task.aside ? this.#suspects : this.#lines[task.level]!
  }
}
