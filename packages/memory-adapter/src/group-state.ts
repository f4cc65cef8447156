import type { ChannelPosition, GroupStart, GroupStats, GroupTurnReply, Redrive } from '@mq/core/adapter'
import { MAX_BLOCKED } from '@mq/core/adapter'
import { DeadLetters } from './dead-letters.ts'
import { KeyOrder } from './key-order.ts'
import { Lanes } from './lanes.ts'
import { Leases } from './leases.ts'
import { LinkedList } from './linked-list.ts'
import { deliveryOf } from './message-log.ts'
import type { KeptMessage, MessageLog } from './message-log.ts'
import type { StorageClock } from './storage-clock.ts'
import { createTaskRecord, numberOfLease } from './task-record.ts'
import type { TaskRecord } from './task-record.ts'
import { TimeHeap } from './time-heap.ts'
import { IdleWorkers } from './waiting-lists.ts'

/** The part of a channel that its groups read. */
export interface GroupSource {
  readonly position: ChannelPosition
  readonly log: MessageLog
  /** The number before the first message at or after that position. */
  before(from: GroupStart): number
}

/** The state of one consumer group: how far it has read, and the messages that it has taken and not finished. */
export class GroupState {
  readonly clock: StorageClock
  readonly channel: GroupSource
  leases: Leases
  /** Returned messages, to be given again in this order. */
  returned: LinkedList<TaskRecord> = new LinkedList()
  /** Returned messages as well, but most turns are not given these. */
  suspects: LinkedList<TaskRecord> = new LinkedList()
  delayed: TimeHeap<TaskRecord> = new TimeHeap()
  readonly dead: DeadLetters = new DeadLetters(() => undefined)
  readonly lanes: Lanes<GroupTurnReply> = new Lanes()
  readonly idle: IdleWorkers = new IdleWorkers()
  /** Of an ordered group. */
  order: KeyOrder | undefined
  /** By number: messages of an ordered group that came back without a key, in this order. */
  unnamed: Map<number, TaskRecord> = new Map()
  paused = false
  lost = 0
  /** The newest number that was given to a member, or skipped. */
  read: number
  /** When a member last called. */
  seenAt: number
  #taken = new Map<number, TaskRecord>()

  constructor(channel: GroupSource, clock: StorageClock, from: GroupStart, fence: number) {
    this.leases = new Leases(fence)
    this.channel = channel
    this.clock = clock
    this.seenAt = clock.now()
    this.read = channel.before(from)
  }

  get stats(): GroupStats {
    const { lost, paused, order } = this
    const ahead = (order?.size ?? 0) + (order?.blocked ?? 0)
    return {
      unread: this.channel.position.n - this.read + ahead,
      ahead,
      blocked: order?.blocked ?? 0,
      returned: this.returned.size + this.suspects.size + this.unnamed.size,
      delayed: this.delayed.size,
      overdue: this.delayed.countDue(this.clock.now()),
      ...this.#oldestWait(),
      running: this.leases.size,
      dead: this.dead.size(this.clock.now()),
      lost,
      deadDropped: this.dead.dropped,
      foreign: 0,
      paused,
    }
  }

  #oldestWait(): { readonly oldestWaitMs?: number } {
    const now = this.clock.now()
    const [unnamed] = this.unnamed.values()
    const heads = [this.returned.first, this.suspects.first, unnamed]
    const published = heads.map((task) => task?.enqueuedAt)
    for (const n of this.order?.heads ?? []) published.push(this.#taken.get(n)?.enqueuedAt ?? this.#atOf(n))
    published.push(this.channel.log.after(this.read)?.at)
    const since = published.filter((at) => at !== undefined)
    const dueAt = this.delayed.first?.at ?? Number.POSITIVE_INFINITY
    const waits = since.map((at) => this.clock.epochMs(now) - at)
    if (dueAt <= now) waits.push(now - dueAt)
    return waits.length === 0 ? {} : { oldestWaitMs: Math.max(0, Math.floor(Math.max(...waits))) }
  }

  #atOf(n: number): number | undefined {
    const message = this.channel.log.after(n - 1)
    return message?.n === n ? message.at : undefined
  }

  held(lease: string): TaskRecord | undefined {
    const task = this.#taken.get(numberOfLease(lease))
    return task?.lease === lease ? task : undefined
  }

  /**
   * Returned messages first, then the next that no member was given. Messages that lost `suspectFrom` leases are set
   * aside; without `suspectFrom` they come first. Messages that no longer exist are counted as lost.
   */
  next(suspectFrom: number | undefined): TaskRecord | undefined {
    let task: TaskRecord | undefined
    while ((task = this.#takeReturned(suspectFrom)) && this.order?.knows(task.n) === false) {
      this.unnamed.set(task.n, task)
    }
    return task ?? (this.order === undefined ? this.#takeNext() : this.#takeFirst(this.order))
  }

  #takeReturned(suspectFrom: number | undefined): TaskRecord | undefined {
    if (suspectFrom === undefined) return this.suspects.shift() ?? this.returned.shift()
    let task: TaskRecord | undefined
    while ((task = this.returned.shift()) && task.crashes >= suspectFrom) this.suspects.pushBack(task)
    return task
  }

  /** Messages that were published no longer exist. */
  passLost(): void {
    const { n } = this.channel.position
    if (this.channel.log.after(this.read) !== undefined) return
    this.lost += n - this.read
    this.read = n
  }

  get hasMore(): boolean {
    return !this.paused && (this.isClaimable || (this.readsOn && this.channel.log.after(this.read) !== undefined))
  }

  /** Whether something can be given, or be put in order, of what was read. */
  get isClaimable(): boolean {
    return this.returned.size > 0 || (this.order?.size ?? 0) > 0 || (this.readsOn && this.unnamed.size > 0)
  }

  /** Those that stay behind others of their keys are not too many. */
  get readsOn(): boolean {
    return (this.order?.blocked ?? 0) < MAX_BLOCKED
  }

  /** All messages up to this number were given, or are held in copies. */
  get needless(): number {
    return Math.min(this.read, (this.order?.least ?? Number.POSITIVE_INFINITY) - 1)
  }

  /** Its lease ends, and it is given again after `delayMs`. */
  retry(task: TaskRecord, delayMs: number, now: number): void {
    this.leases.end(task)
    if (delayMs === 0) return this.returned.pushBack(task)
    this.#delay(task, now + delayMs)
  }

  prepend(tasks: readonly TaskRecord[]): void {
    for (const task of [...tasks].reverse()) this.returned.pushFront(task)
  }

  end(task: TaskRecord): void {
    this.leases.end(task)
    this.#taken.delete(task.n)
    this.order?.end(task.n)
  }

  /**
   * The next message that nobody read is of this number: all before it are lost, and it is in the hands of the order.
   */
  readUpTo(n: number): void {
    this.lost += n - this.read - 1
    this.read = n
  }

  bury(task: TaskRecord, reason: string, detail: string, now: number): void {
    const { n, enqueuedAt, failures, crashes, header, payload, bytes } = task
    this.end(task)
    const diedAt = this.clock.epochMs(now)
    // A group that was moved back can bury a message again.
    this.dead.remove(n, now)
    const facts = { n: String(n), reason, detail, diedAt, enqueuedAt, failures, crashes }
    this.dead.bury({ ...facts, header, payload, bytes }, task, now)
  }

  /**
   * Begins a new life, after the other returned messages. False: there is no such letter, or the group will read its
   * message in any case.
   */
  redrive({ n, diedAt, delayMs }: Redrive, now: number): boolean {
    const number = Number(n)
    const letter = this.dead.of(number, now)
    if (letter === undefined || (diedAt !== undefined && letter.diedAt !== diedAt)) return false
    if (number > this.read || this.#taken.has(number) || this.order?.knows(number)) return false
    this.dead.remove(number, now)
    const task = this.#take(number, letter.payload, letter.enqueuedAt)
    if (delayMs > 0) this.#delay(task, now + delayMs)
    else this.returned.pushBack(task)
    return true
  }

  seek(to: GroupStart): void {
    this.read = this.channel.before(to)
    this.leases = new Leases(this.leases.fence)
    this.returned = new LinkedList()
    this.suspects = new LinkedList()
    this.delayed = new TimeHeap()
    this.unnamed.clear()
    if (this.order !== undefined) this.order = new KeyOrder()
    this.#taken.clear()
  }

  #takeNext(): TaskRecord | undefined {
    const message = this.channel.log.after(this.read)
    if (message === undefined) return undefined
    this.readUpTo(message.n)
    return this.#takeFresh(message)
  }

  /** What the channel had to drop meanwhile is lost, and keeps no other waiting. */
  #takeFirst(order: KeyOrder): TaskRecord | undefined {
    for (;;) {
      const n = order.shift()
      if (n === undefined) return undefined
      const message = this.channel.log.after(n - 1)
      const task = this.#taken.get(n) ?? (message?.n === n ? this.#takeFresh(message) : undefined)
      if (task !== undefined) return task
      this.lost++
      order.end(n)
    }
  }

  #takeFresh({ n, at, body }: KeptMessage): TaskRecord {
    const { epoch } = this.channel.position
    return this.#take(n, deliveryOf({ epoch, n }, body), at)
  }

  #take(n: number, payload: string, publishedAt: number): TaskRecord {
    const task = createTaskRecord(n, { level: 0, delayMs: 0, header: '', payload }, publishedAt)
    // No token with so high a number was ever given, even when a group is given the same message again.
    task.runs = this.leases.fence
    this.#taken.set(n, task)
    return task
  }

  #delay(task: TaskRecord, at: number): void {
    task.at = at
    task.order = task.n
    this.delayed.add(task)
  }
}
