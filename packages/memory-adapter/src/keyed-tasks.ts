import { KEYS_IN_STATS } from '@mq/core/adapter'
import type { HeldBack, KeyLimits } from '@mq/core/adapter'
import { KeyLine } from './key-line.ts'
import { KeyRing } from './key-ring.ts'
import type { TaskRecord } from './task-record.ts'

/** A task that has a key. */
export type Keyed = TaskRecord & { readonly key: string }

export function isKeyed(task: TaskRecord): task is Keyed {
  return task.key !== undefined
}

/** The keys whose tasks wait or run, and their tasks that wait. */
export class KeyedTasks {
  readonly #lines = new Map<string, KeyLine>()
  readonly #ring = new KeyRing((line) => void this.#lines.delete(line.key))
  #size = 0

  /** How many tasks wait, without suspects that are set aside. */
  get size(): number {
    return this.#size
  }

  /** All keys of which something is known. */
  get lines(): ReadonlyMap<string, KeyLine> {
    return this.#lines
  }

  get limits(): KeyLimits {
    return this.#ring.limits
  }

  setLimits(limits: KeyLimits, now: number): void {
    this.#ring.limits = limits
    for (const line of this.#lines.values()) {
      line.follow(limits, now)
      this.#ring.place(line, now)
    }
  }

  append(task: Keyed, now: number): void {
    const line = this.#lineOf(task.key)
    if (task.holds) {
      line.unhold(task)
      line.giveBack(task)
    } else line.append(task)
    task.holds = false
    this.#added(line, task, now)
  }

  giveBack(task: Keyed, now: number): void {
    const line = this.#lineOf(task.key)
    line.giveBack(task)
    this.#added(line, task, now)
  }

  /** A task that waits leaves. */
  remove(task: Keyed, now: number): void {
    const line = this.#lineOf(task.key)
    if (task.aside) line.running--
    else this.#removed(line, task)
    this.#ring.place(line, now)
  }

  /** A suspect leaves its place, and still counts as one that runs. */
  setAside(task: Keyed, now: number): void {
    const line = this.#lineOf(task.key)
    this.#removed(line, task)
    line.running++
    this.#ring.place(line, now)
  }

  /** A task that waits is leased. */
  take(task: Keyed, now: number): void {
    const line = this.#lineOf(task.key)
    if (!task.aside) {
      this.#ring.took(line, task.weight)
      this.#removed(line, task)
      line.running++
    }
    line.took(this.limits, now)
    this.#ring.place(line, now)
  }

  /** A lease ended. */
  free(task: Keyed, now: number): void {
    const line = this.#lineOf(task.key)
    line.running--
    this.#ring.place(line, now)
  }

  /** The key is not served until then. */
  hold(task: Keyed, until: number, now: number): void {
    const line = this.#lineOf(task.key)
    line.hold(until)
    this.#ring.place(line, now)
  }

  /** Retried later: its key is not served before. */
  holdFor(task: Keyed, until: number, now: number): void {
    const line = this.#lineOf(task.key)
    task.holds = true
    line.holdFor(task, until)
    this.#ring.place(line, now)
  }

  /** A task that is delayed leaves its place. */
  unhold(task: Keyed, now: number): void {
    if (!task.holds) return
    const line = this.#lineOf(task.key)
    line.unhold(task)
    this.#ring.place(line, now)
  }

  /** The task that is served next; `plain`: the next of those without a key, which are one more in the ring. */
  next(plain: TaskRecord | undefined, now: number): TaskRecord | undefined {
    this.#ring.look(now)
    if (plain !== undefined && this.#ring.isPlainNext) return plain
    return this.#ring.first?.first
  }

  /** One without a key is served. */
  tookPlain(): void {
    this.#ring.tookPlain()
  }

  /** When the next may be served: a time that is over, or to come. Undefined: once one ends, or none waits. */
  freeAt(now: number): number | undefined {
    this.#ring.look(now)
    return this.#ring.freeAt(now)
  }

  /** Whether this suspect, which is set aside, may be leased now. */
  allows(task: Keyed, now: number): boolean {
    return this.#lineOf(task.key).freeAt(this.limits) <= now
  }

  heldBack(task: Keyed, now: number): HeldBack | undefined {
    return this.#lineOf(task.key).heldBack(this.limits, now)
  }

  /** Whether the limits of a key, or of any, say something yet, also where it has no tasks. */
  remembers(now: number, key?: string): boolean {
    const lines = key === undefined ? this.#lines.values() : [this.#lines.get(key)]
    for (const line of lines) if (line !== undefined && line.forgottenAt > now) return true
    return false
  }

  /** How many tasks of a key wait, without suspects that are set aside. */
  waitingOf(key: string): number {
    return this.#lines.get(key)?.waiting ?? 0
  }

  /** The oldest of the lowest level of a key. */
  lowestOf(key: string): TaskRecord | undefined {
    return this.#lines.get(key)?.lowest
  }

  /** Whether its key may be served now. */
  isServed({ key }: Keyed): boolean {
    return this.#lines.get(key)?.place === 'ring'
  }

  ahead(task: Keyed, most: number): number | undefined {
    return this.#lineOf(task.key).ahead(task, most)
  }

  /** Any. */
  get any(): TaskRecord | undefined {
    return this.#size === 0 ? undefined : this.#ring.some(1).find(({ first }) => first !== undefined)?.first
  }

  /** Of some keys the next task. */
  get heads(): readonly TaskRecord[] {
    return this.#size === 0 ? [] : this.#ring.some(KEYS_IN_STATS).flatMap(({ first }) => first ?? [])
  }

  all(): TaskRecord[] {
    return [...this.#lines.values()].flatMap((line) => line.all())
  }

  #lineOf(key: string): KeyLine {
    let line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, (line = new KeyLine(key)))
    return line
  }

  #added(line: KeyLine, task: TaskRecord, now: number): void {
    task.place = 'waiting'
    this.#size++
    this.#ring.place(line, now)
  }

  #removed(line: KeyLine, task: TaskRecord): void {
    line.remove(task)
    this.#size--
  }
}
