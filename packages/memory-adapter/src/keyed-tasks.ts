import type { HeldBack, KeyLimits } from '@mq/core/adapter'
import { KeyLine } from './key-line.ts'
import type { TaskRecord } from './task-record.ts'
import { TimeHeap } from './time-heap.ts'

/** A task that has a key. */
export type Keyed = TaskRecord & { readonly key: string }

export function isKeyed(task: TaskRecord): task is Keyed {
  return task.key !== undefined
}

/**
 * The keys whose tasks wait or run. Those that may be served now are in a ring, by virtual time: a key that is served
 * moves on by one divided by the weight of the task, and one that joins begins behind whoever is served now. Those that
 * are held back until a time are in a heap; those that have as many leases as they may are in a set.
 */
export class KeyedTasks {
  readonly #lines = new Map<string, KeyLine>()
  readonly #ring = new TimeHeap<KeyLine>()
  readonly #timed = new TimeHeap<KeyLine>()
  readonly #full = new Set<KeyLine>()
  /** Nothing waits or runs of them, but their limits remember them until then. */
  readonly #fading = new TimeHeap<KeyLine>()
  #limits: KeyLimits = {}
  /** The virtual time of whoever was served last. */
  #virtual = 0
  /** That of the tasks without a key. */
  #plain = 0
  #orders = 0
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
    return this.#limits
  }

  setLimits(limits: KeyLimits, now: number): void {
    this.#limits = limits
    for (const line of this.#lines.values()) {
      line.follow(limits, now)
      this.#place(line, now)
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
    this.#place(line, now)
  }

  /** A suspect leaves its place, and still counts as one that runs. */
  setAside(task: Keyed, now: number): void {
    const line = this.#lineOf(task.key)
    this.#removed(line, task)
    line.running++
    this.#place(line, now)
  }

  /** A task that waits is leased. */
  take(task: Keyed, now: number): void {
    const line = this.#lineOf(task.key)
    if (!task.aside) {
      if (line.place === 'ring') {
        this.#ring.remove(line)
        this.#virtual = Math.max(this.#virtual, line.at)
        this.#enter(line, this.#virtual + 1 / task.weight)
      }
      this.#removed(line, task)
      line.running++
    }
    line.took(this.#limits, now)
    this.#place(line, now)
  }

  /** A lease ended. */
  free(task: Keyed, now: number): void {
    const line = this.#lineOf(task.key)
    line.running--
    this.#place(line, now)
  }

  /** The key is not served until then. */
  hold(task: Keyed, until: number, now: number): void {
    const line = this.#lineOf(task.key)
    line.hold(until)
    this.#place(line, now)
  }

  /** Retried later: its key is not served before. */
  holdFor(task: Keyed, until: number, now: number): void {
    const line = this.#lineOf(task.key)
    task.holds = true
    line.holdFor(task, until)
    this.#place(line, now)
  }

  /** A task that is delayed leaves its place. */
  unhold(task: Keyed, now: number): void {
    if (!task.holds) return
    const line = this.#lineOf(task.key)
    line.unhold(task)
    this.#place(line, now)
  }

  /** The task that is served next; `plain`: the next of those without a key, which are one more in the ring. */
  next(plain: TaskRecord | undefined, now: number): TaskRecord | undefined {
    this.#look(now)
    const line = this.#ring.first
    if (plain === undefined) return line?.first
    if (this.#plain < this.#virtual) this.#plain = this.#virtual + 1
    return line === undefined || this.#plain <= line.at ? plain : line.first
  }

  /** One without a key is served. */
  tookPlain(): void {
    if (this.#ring.size === 0 && this.#timed.size === 0) return
    this.#virtual = Math.max(this.#virtual, this.#plain)
    this.#plain = this.#virtual + 1
  }

  /** When the next may be served: a time that is over, or to come. Undefined: once one ends, or none waits. */
  freeAt(now: number): number | undefined {
    this.#look(now)
    if (this.#ring.size > 0) return now
    return this.#timed.first?.at
  }

  /** Whether this suspect, which is set aside, may be leased now. */
  allows(task: Keyed, now: number): boolean {
    return this.#lineOf(task.key).freeAt(this.#limits) <= now
  }

  heldBack(task: Keyed, now: number): HeldBack | undefined {
    return this.#lineOf(task.key).heldBack(this.#limits, now)
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
    if (this.#size === 0) return undefined
    const [full] = this.#full
    return (this.#ring.first ?? this.#timed.first ?? full)?.first
  }

  /** Of the keys that are next, the next task. */
  get heads(): readonly TaskRecord[] {
    const next = [this.#ring.first?.first, this.#timed.first?.first].filter((task) => task !== undefined)
    return next.length > 0 || this.any === undefined ? next : [this.any]
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
    this.#place(line, now)
  }

  #removed(line: KeyLine, task: TaskRecord): void {
    line.remove(task)
    this.#size--
  }

  /** Keys whose time has come. */
  #look(now: number): void {
    let line: KeyLine | undefined
    while ((line = this.#timed.takeDue(now) ?? this.#fading.takeDue(now))) {
      line.place = 'none'
      this.#place(line, now)
    }
  }

  /** Puts it where it belongs now, or forgets it. */
  #place(line: KeyLine, now: number): void {
    const freeAt = line.freeAt(this.#limits)
    if (line.waiting > 0 && !line.isFull(this.#limits) && freeAt <= now) {
      if (line.place !== 'ring') {
        this.#leave(line)
        this.#enter(line, this.#virtual + 1 / (line.first?.weight ?? 1))
      }
      return
    }
    this.#leave(line)
    if (line.waiting > 0 && line.isFull(this.#limits)) {
      line.place = 'full'
      this.#full.add(line)
      return
    }
    if (line.waiting === 0 && line.running > 0) return
    line.at = line.waiting > 0 ? freeAt : line.forgottenAt
    if (line.at <= now) {
      this.#lines.delete(line.key)
      return
    }
    line.place = line.waiting > 0 ? 'timed' : 'fading'
    line.order = ++this.#orders
    const heap = line.waiting > 0 ? this.#timed : this.#fading
    heap.add(line)
  }

  #enter(line: KeyLine, at: number): void {
    line.place = 'ring'
    line.at = at
    line.order = ++this.#orders
    this.#ring.add(line)
  }

  #leave(line: KeyLine): void {
    if (line.place === 'ring') this.#ring.remove(line)
    else if (line.place === 'timed') this.#timed.remove(line)
    else if (line.place === 'full') this.#full.delete(line)
    else if (line.place === 'fading') this.#fading.remove(line)
    line.place = 'none'
  }
}
