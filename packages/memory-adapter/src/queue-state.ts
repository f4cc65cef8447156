import type {
  NewTask,
  OutcomeLimits,
  QueueTotals,
  Receipt,
  Redrive,
  StoredOutcome,
  TaskChange,
  TaskRef,
  TickReceipt,
  TurnReply,
} from '@mq/core/adapter'
import { outcomeBody, WIDTH_KEPT_MS } from '@mq/core/adapter'
import { DeadLetters } from './dead-letters.ts'
import { BLOCKED_AT, Flows } from './flows.ts'
import { DedupeKeys } from './dedupe-keys.ts'
import type { HintPost } from './hint-post.ts'
import { Lanes } from './lanes.ts'
import { LaterTasks } from './later-tasks.ts'
import { Leases } from './leases.ts'
import { Outcomes } from './outcomes.ts'
import { OwnIds } from './own-ids.ts'
import { isKeyed } from './keyed-tasks.ts'
import { ReadyTasks } from './ready-tasks.ts'
import { SharedLimits } from './shared-limits.ts'
import { QueueHistory } from './queue-history.ts'
import { Schedules } from './schedules.ts'
import type { StorageClock } from './storage-clock.ts'
import { ChannelState } from './channel-state.ts'
import { bytesOf, createTaskRecord, numberOfLease } from './task-record.ts'
import type { TaskRecord } from './task-record.ts'
import { IdleWorkers, RoomSeekers, Watchers } from './waiting-lists.ts'

type Counts = { -readonly [Name in keyof QueueTotals]: number }

/**
 * The state of one queue, and the steps that move a task between its places. The verbs of the port consist of these
 * steps.
 */
export class QueueState {
  readonly clock: StorageClock
  ready: ReadyTasks = new ReadyTasks()
  later: LaterTasks = new LaterTasks()
  leases: Leases = new Leases()
  limits: SharedLimits = new SharedLimits()
  dead: DeadLetters
  outcomes: Outcomes
  ids: OwnIds
  keys: DedupeKeys = new DedupeKeys()
  producers: Lanes<readonly Receipt[]> = new Lanes()
  /** Producers too, of what schedules add. */
  tickers: Lanes<readonly TickReceipt[]> = new Lanes()
  workers: Lanes<TurnReply> = new Lanes()
  idle: IdleWorkers = new IdleWorkers()
  room: RoomSeekers = new RoomSeekers()
  watchers: Watchers = new Watchers()
  history: QueueHistory = new QueueHistory()
  flows: Flows = new Flows()
  schedules: Schedules
  /** Within which bounds the ends of tasks are appended to `ends`; false: they are not. */
  endsKept: OutcomeLimits = false
  #ends: ChannelState | undefined
  paused = false
  /** The number of the last pause or resumption that had one. */
  order: number | undefined
  /** Since when it takes no task of which it knows nothing. */
  sealedAt: number | undefined
  /** Of a sealed one: those whose tasks are stored elsewhere, though some are here. */
  strayed: Set<string> = new Set()
  /** Participants that listen. */
  readonly listeners: Set<HintPost> = new Set()
  /** Ever. */
  displaced = 0
  totals: Counts = { enqueued: 0, completed: 0, failed: 0, retried: 0, dead: 0, expired: 0, cancelled: 0 }
  /** When a worker last called. */
  workerSeenAt: number | undefined
  #tasks = new Map<number, TaskRecord>()
  #lastNumber: number

  constructor(clock: StorageClock) {
    this.clock = clock
    // Microseconds since 1970, so that numbers are unique for ever, as they are in Redis.
    this.#lastNumber = clock.epochMs(clock.now()) * 1_000
    this.schedules = new Schedules(this.#lastNumber)
    this.outcomes = new Outcomes(this.#onDropped)
    this.dead = new DeadLetters(this.#onDropped)
    this.ids = new OwnIds(this.#isOutcomeKept)
  }

  readonly #onDropped = (id: string, n: number, now: number): void => this.ids.outcomeDropped(id, n, now)
  readonly #isOutcomeKept = (n: number, now: number): boolean =>
    this.outcomes.of(n, now) !== undefined || this.dead.keeps(n, now)

  /** Something was stored. */
  get isUsed(): boolean {
    return this.paused || this.producers.size + this.tickers.size + this.workers.size + this.schedules.size > 0
  }

  /** Removes everything, but no number or fence is given twice. Returns whether there was anything. */
  obliterate(): boolean {
    const { isUsed } = this
    this.#ends?.obliterate()
    Object.assign(this, new QueueState(this.clock), {
      leases: new Leases(this.leases.fence),
      listeners: this.listeners,
      schedules: new Schedules(this.schedules.revision),
    })
    this.outcomes = new Outcomes(this.#onDropped)
    this.dead = new DeadLetters(this.#onDropped)
    this.ids = new OwnIds(this.#isOutcomeKept)
    this.#tasks = new Map()
    return isUsed
  }

  get sealed(): boolean {
    return this.sealedAt !== undefined
  }

  seal(now: number): void {
    if (this.sealed) return
    this.sealedAt = now
    for (const post of this.listeners) post.send({ kind: 'sealed' })
  }

  /**
   * Forgets everything but that it is sealed, and what was answered, where nothing is left that could be asked for and
   * it has been sealed for longer than anybody takes it for one of now. Returns whether that is so.
   */
  retire(now: number): boolean {
    this.seal(now)
    const { producers, workers, tickers, sealedAt = now } = this
    if (now - sealedAt < WIDTH_KEPT_MS) return false
    const isEmpty =
      this.#tasks.size + this.dead.size(now) + this.schedules.size + this.flows.chores.size === 0 &&
      this.outcomes.isEmpty(now) &&
      this.ids.isEmpty(now) &&
      this.keys.isEmpty(now) &&
      !this.ready.keyed.remembers(now)
    if (isEmpty) {
      this.obliterate()
      Object.assign(this, { producers, workers, tickers, sealedAt })
    }
    return isEmpty
  }

  /**
   * Whether this key has its home here, in what is sealed: tasks of it have not ended, or its limits say something yet.
   * Once it has not, never again. O(tasks).
   */
  isHomeOf(key: string, now: number): boolean {
    if (this.strayed.has(key)) return false
    if (this.ready.keyed.remembers(now, key)) return true
    for (const task of this.#tasks.values()) if (task.key === key) return true
    return false
  }

  /** A task with this key comes to what is sealed, wherever the key has its home. */
  stray(key: string | undefined, now: number): void {
    if (this.sealed && key !== undefined && !this.isHomeOf(key, now)) this.strayed.add(key)
  }

  /** The channel of outcomes, which no pattern matches. */
  get ends(): ChannelState {
    return (this.#ends ??= new ChannelState(this.clock, () => undefined))
  }

  task(n: number): TaskRecord | undefined {
    return this.#tasks.get(n)
  }

  /** The task that `lease` still holds. */
  held(lease: string): TaskRecord | undefined {
    const task = this.#tasks.get(numberOfLease(lease))
    return task?.lease === lease ? task : undefined
  }

  /** Whether the task of a lease that ended was cancelled. */
  wasCancelled(lease: string, now: number): boolean {
    return this.outcomes.of(numberOfLease(lease), now)?.state === 'cancelled'
  }

  numberOf(ref: TaskRef, now: number): number | undefined {
    return 'n' in ref ? Number(ref.n) : this.ids.find(ref.id, now)
  }

  add(task: NewTask, now: number): TaskRecord {
    const record = createTaskRecord(++this.#lastNumber, task, this.clock.epochMs(now))
    this.totals.enqueued++
    this.#tasks.set(record.n, record)
    if (record.id !== undefined) this.ids.add(record.id, record.n)
    if (task.dedupe !== undefined) this.keys.add(task.dedupe, record.n, now)
    if (task.after === undefined) this.#start(record, task.delayMs, now)
    else {
      this.flows.add(record, task.after, task.delayMs, now, (n) => this.isKnown(n, now))
      this.later.add(record, BLOCKED_AT)
    }
    return record
  }

  /** It runs after others, which have not all ended. */
  isBlocked(n: number): boolean {
    const task = this.task(n)
    return task?.place === 'delayed' && task.at >= BLOCKED_AT
  }

  /** Something is kept of it. */
  isKnown(n: number, now: number): boolean {
    return this.#tasks.has(n) || this.outcomes.of(n, now) !== undefined || this.dead.keeps(n, now)
  }

  /**
   * A dead letter starts a new life when it becomes due: its time to expire begins then. The count of its leases
   * continues, so that no token is given twice.
   */
  redrive({ n, diedAt, delayMs, payload }: Redrive, now: number): boolean {
    const buried = this.dead.taskOf(Number(n), now)
    if (buried === undefined) return false
    if (diedAt !== undefined && this.dead.of(buried.n, now)?.diedAt !== diedAt) return false
    const { id } = buried
    // In what is sealed, one that is not known here may be a task's elsewhere.
    const known = id === undefined ? buried.n : this.ids.find(id, now)
    if ((known ?? (this.sealed ? undefined : buried.n)) !== buried.n) return false
    this.stray(buried.key, now)
    this.dead.remove(buried.n, now)
    const { level, key, weight, header } = buried
    const task = { id, level, key, weight, delayMs, header, payload: payload ?? buried.payload }
    const record = createTaskRecord(buried.n, task, this.clock.epochMs(now + delayMs))
    record.runs = buried.runs
    this.#tasks.set(record.n, record)
    if (id !== undefined) this.ids.add(id, record.n)
    if (this.flows.revive(record.n, now)) {
      this.later.add(record, BLOCKED_AT)
      this.idle.wakeOne()
    } else this.#start(record, delayMs, now)
    return true
  }

  /** A task that is not leased. What changes neither its level nor when it is due leaves it in its place. */
  change(task: TaskRecord, { delayMs, level = task.level, payload }: TaskChange, now: number): void {
    if (payload !== undefined) {
      task.payload = payload
      task.bytes = bytesOf(task.header, payload)
    }
    const isOther = level !== task.level
    if (task.place === 'waiting' && !delayMs) {
      if (isOther) this.ready.changeLevel(task, level, now)
    } else if (delayMs !== undefined || isOther) {
      const dueAt = delayMs === undefined ? task.at : now + delayMs
      this.#leave(task, now)
      task.level = level
      if (delayMs === 0) this.ready.append(task, now)
      else {
        this.later.add(task, dueAt)
        if (task.holds && isKeyed(task)) this.ready.keyed.holdFor(task, dueAt, now)
      }
    }
  }

  /** Ends the task's lease; it runs again after `delayMs`. */
  retry(task: TaskRecord, delayMs: number, now: number): void {
    const holds = isKeyed(task) && this.limits.perKey.holdOnRetry === true
    // First, so that no other of its key begins.
    if (holds) this.ready.keyed.holdFor(task, now + delayMs, now)
    this.endLease(task, now)
    this.#start(task, delayMs, now)
  }

  /** The lease ends, and frees what it took of the limits. */
  endLease(task: TaskRecord, now: number): void {
    this.leases.end(task)
    if (isKeyed(task)) this.ready.keyed.free(task, now)
  }

  /** Tasks whose workers were silent for a whole lease go back to the heads of their levels. */
  recover(now: number, most: number): void {
    const lost = this.leases.endExpired(now, most)
    for (const task of lost) {
      this.#chargeCrash(task)
      if (isKeyed(task)) this.ready.keyed.free(task, now)
    }
    this.ready.prepend(lost, now)
  }

  /** The task leaves its place for ever. Its watchers get a hint; with `keep` its outcome can be read later. */
  end(task: TaskRecord, outcome: StoredOutcome, now: number, keep: boolean): void {
    this.#leave(task, now)
    this.totals[outcome.state]++
    const { n, id } = task
    this.#tasks.delete(n)
    if (id !== undefined) this.ids.end(id, task.payload, now)
    if (keep) this.outcomes.keep(n, id, outcome, now)
    if (this.flows.isUsed && this.flows.ended(n, outcome, now)) this.idle.wakeOne()
    this.watchers.tellEnd(n, { kind: 'ended', n: String(n), outcome })
    if (this.endsKept) this.ends.publish([outcomeBody({ n: String(n), id, outcome })], false, this.endsKept)
  }

  bury(task: TaskRecord, reason: string, detail: string, now: number): void {
    const { n, enqueuedAt, failures, crashes, header, payload, bytes } = task
    const endedAt = this.clock.epochMs(now)
    this.end(task, { state: 'dead', endedAt, body: detail, reason }, now, false)
    const facts = { n: String(n), reason, detail, diedAt: endedAt, enqueuedAt, failures, crashes }
    const letter = { ...facts, header, payload, bytes }
    this.dead.bury(letter, task, now)
  }

  /** A participant ended: hints to it would be lost. */
  forget(participant: HintPost): void {
    this.listeners.delete(participant)
    this.idle.forget(participant)
    this.room.forget(participant)
    this.watchers.forget(participant)
  }

  /**
   * The first crash is charged in any case, so that plain tasks need no note of their start. That of a grant which
   * nobody is known to have got waits for the second: only then the task may have killed both.
   */
  #chargeCrash(task: TaskRecord): void {
    if (task.unseen && task.crashes === 0) task.lostUnseen = true
    else if (task.started || task.crashes === 0) {
      task.crashes += task.lostUnseen ? 2 : 1
      task.lostUnseen = false
    }
  }

  #leave(task: TaskRecord, now: number): void {
    if (task.place === 'leased') this.endLease(task, now)
    else if (task.place === 'delayed') {
      this.later.remove(task)
      if (isKeyed(task)) this.ready.keyed.unhold(task, now)
    } else this.ready.remove(task, now)
  }

  #start(task: TaskRecord, delayMs: number, now: number): void {
    if (delayMs > 0) this.later.add(task, now + delayMs)
    else this.ready.append(task, now)
  }
}
