import type { HeldBack, KeyLimits } from '@mq/core/adapter'
import { boundedFull, freeAt, fullAfter } from '@mq/core/adapter'
import { LinkedList } from './linked-list.ts'
import { heldUntil } from './shared-limits.ts'
import type { TaskRecord } from './task-record.ts'
import type { Timed } from './time-heap.ts'

/** What is known of one key: its tasks that wait, how many run, and until when its limits hold it back. */
export class KeyLine implements Timed {
  readonly key: string
  /** In the ring: whose turn it is; else: when it is looked at again. */
  at = 0
  order = 0
  slot = 0
  place: 'ring' | 'timed' | 'full' | 'fading' | 'none' = 'none'
  waiting = 0
  /** Leases, and suspects that are set aside. */
  running = 0
  /** By level; most keys use one. */
  readonly #levels = new Map<number, LinkedList<TaskRecord>>()
  /** When the bucket of the rate is full again. */
  #full = 0
  #heldUntil = 0
  /** Retried tasks that hold the key, by number, and until when. */
  #holders: Map<number, number> | undefined

  constructor(key: string) {
    this.key = key
  }

  /** The next of them. */
  get first(): TaskRecord | undefined {
    let highest = -1
    for (const [level, { size }] of this.#levels) if (size > 0 && level > highest) highest = level
    return this.#levels.get(highest)?.first
  }

  get lowest(): TaskRecord | undefined {
    const levels = [...this.#levels].filter(([, { size }]) => size > 0).map(([level]) => level)
    return this.#levels.get(Math.min(...levels))?.first
  }

  /** To the end of its level. */
  append(task: TaskRecord): void {
    task.returned = false
    this.#line(task.level).pushBack(task)
    this.waiting++
  }

  /** To the head of its level, where those that were returned are in the order of their numbers. */
  giveBack(task: TaskRecord): void {
    task.returned = true
    const line = this.#line(task.level)
    let behind = line.first
    while (behind?.returned && behind.n < task.n) behind = behind.next
    if (behind === undefined) line.pushBack(task)
    else line.insertBefore(task, behind)
    this.waiting++
  }

  remove(task: TaskRecord): void {
    const line = this.#line(task.level)
    line.remove(task)
    if (line.size === 0) this.#levels.delete(task.level)
    this.waiting--
  }

  all(): TaskRecord[] {
    const all: TaskRecord[] = []
    for (const line of this.#levels.values()) for (let task = line.first; task; task = task.next) all.push(task)
    return all
  }

  /** How many of the key are claimed before it; undefined when they are more than `most`. */
  ahead(task: TaskRecord, most: number): number | undefined {
    let ahead = 0
    for (const [level, { size }] of this.#levels) if (level > task.level) ahead += size
    for (let other = task.previous; other !== undefined && ahead <= most; other = other.previous) ahead++
    return ahead > most ? undefined : ahead
  }

  hold(until: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, until)
  }

  holdFor(task: TaskRecord, until: number): void {
    this.#holders ??= new Map()
    this.#holders.set(task.n, until)
  }

  /** It is not delayed any more. */
  unhold(task: TaskRecord): void {
    this.#holders?.delete(task.n)
    if (this.#holders?.size === 0) this.#holders = undefined
  }

  /** Whether no more may be leased until one ends. */
  isFull({ concurrency }: KeyLimits): boolean {
    return concurrency !== undefined && this.running >= concurrency
  }

  /** When the next may be leased, as far as time decides it. */
  freeAt({ rate }: KeyLimits): number {
    return Math.max(this.#held, rate === undefined ? 0 : freeAt(rate, this.#full))
  }

  /** From then on nothing has to be known of it, unless tasks of it wait or run. */
  get forgottenAt(): number {
    return Math.max(this.#held, this.#full)
  }

  /** Other limits hold. */
  follow({ rate }: KeyLimits, now: number): void {
    if (rate !== undefined) this.#full = boundedFull(rate, this.#full, now)
  }

  took({ rate }: KeyLimits, now: number): void {
    if (rate !== undefined) this.#full = fullAfter(rate, this.#full, now)
  }

  heldBack(limits: KeyLimits, now: number): HeldBack | undefined {
    if (this.isFull(limits)) return { scope: 'key', by: 'concurrency', limit: limits.concurrency }
    return heldUntil('key', now, this.#held, limits.rate === undefined ? 0 : freeAt(limits.rate, this.#full))
  }

  get #held(): number {
    let until = this.#heldUntil
    for (const due of this.#holders?.values() ?? []) until = Math.max(until, due)
    return until
  }

  #line(level: number): LinkedList<TaskRecord> {
    let line = this.#levels.get(level)
    if (line === undefined) this.#levels.set(level, (line = new LinkedList()))
    return line
  }
}
