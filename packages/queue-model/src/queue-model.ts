import assert from 'node:assert/strict'
import type { ClaimedTask, NewTask, QueueStats, Receipt, Redrive, Settlement, TaskChange } from '@mq/core'
import { endText, idKnown, inOrder, returnedRank } from './model-task.ts'
import type { ModelOutcome, ModelTask } from './model-task.ts'
import { ModelLimits } from './model-limits.ts'

/** Where the storage says that each task is, by number. */
export type Places = ReadonlyMap<string, { readonly state: string }>

/**
 * A queue as the port's comments describe it: a map of tasks, and what each verb does to them. Where the port leaves a
 * choice it follows the storage, if the choice is a permitted one: see the freedoms in the README.
 */
export class QueueModel {
  now = 0
  paused = false
  displaced = 0
  readonly limits: ModelLimits = new ModelLimits()
  readonly totals = { enqueued: 0, completed: 0, failed: 0, retried: 0, dead: 0, expired: 0, cancelled: 0 }
  /** Every task ever accepted. */
  readonly tasks: Map<string, ModelTask> = new Map()
  /** The task of every lease ever given, by its token. */
  readonly leases: Map<string, ModelTask> = new Map()
  readonly ids: Map<string, ModelTask> = new Map()
  /** Every end of every life. */
  readonly ends: string[] = []
  readonly #keys = new Map<string, { readonly task: ModelTask; readonly until: number }>()
  /** Ranks at the ends of the lines. */
  #head = 0
  #tail = 0
  #fence = 0
  #lastNumber = 0
  /** By the call that is compared. */
  #released: ModelTask[] = []

  those(place: ModelTask['place']): ModelTask[] {
    return [...this.tasks.values()].filter((task) => task.place === place)
  }

  dead(): ModelTask[] {
    return this.those('ended').filter(({ end }) => end?.isKept && end.outcome.state === 'dead')
  }

  held(lease: string): ModelTask | undefined {
    const task = this.leases.get(lease)
    return task?.place === 'leased' && task.lease === lease ? task : undefined
  }

  stats(): Omit<QueueStats, 'oldestWaitMs' | 'overdue' | 'lapsed'> {
    const [waiting, delayed, running] = (['waiting', 'delayed', 'leased'] as const).map(
      (place) => this.those(place).length,
    )
    const { paused, displaced } = this
    const ever = { displaced, deadDropped: 0, foreign: 0, totals: { ...this.totals } }
    return { waiting: waiting!, delayed: delayed!, running: running!, dead: this.dead().length, paused, ...ever }
  }

  /** The task that has not ended and that a new one replaces. */
  living({ id = '', dedupe, replace }: NewTask): ModelTask | undefined {
    const window = dedupe && this.#keys.get(dedupe.key)
    const task = dedupe ? window && window.until > this.now && window.task : this.ids.get(id)
    return replace && task && !task.end ? task : undefined
  }

  /** The task that the id or key of a new one identifies. */
  known({ id = '', dedupe }: NewTask, answer: Receipt | undefined): ModelTask | undefined {
    const window = dedupe && this.#keys.get(dedupe.key)
    if (dedupe) return window && window.until > this.now ? window.task : undefined
    const task = this.ids.get(id)
    if (!task || idKnown(task, this.now) === 'yes') return task
    return answer?.state === 'existing' || answer?.state === 'conflict' ? task : undefined
  }

  /** Answers whether it replaced one, which ended because of it. */
  add(added: NewTask, n: string): boolean {
    const { id, dedupe, level, key, header, payload, delayMs } = added
    assert.ok(Number(n) > this.#lastNumber, `number ${n} should be greater than all before`)
    this.#lastNumber = Number(n)
    const [lease, memo, progress, start, end] = [undefined, undefined, undefined, undefined, undefined]
    const fresh = {
      place: 'ended',
      rank: 0,
      holds: false,
      at: 0,
      lease,
      failures: 0,
      crashes: 0,
      memo,
      progress,
      start,
      end,
    } as const
    const task: ModelTask = { n, id, level, key, header, payload, ...fresh }
    this.totals.enqueued++
    const old = this.living(added)
    if (old) this.end(old, { state: 'cancelled', body: 'replaced', reason: undefined })
    this.tasks.set(n, task)
    if (id !== undefined) this.ids.set(id, task)
    if (dedupe) this.#keys.set(dedupe.key, { task, until: this.now + dedupe.windowMs })
    this.#start(task, delayMs)
    return old !== undefined
  }

  /** Answers whether the lease was the newest. */
  settle(settlement: Settlement, keepResults: boolean): boolean {
    const task = this.held(settlement.lease)
    if (!task) return false
    if ('charge' in settlement && settlement.charge) {
      task.failures++
      this.totals.failed++
    }
    switch (settlement.kind) {
      case 'retry':
        this.totals.retried++
        task.holds = task.key !== undefined && this.limits.perKey.holdOnRetry === true
        this.#start(task, settlement.delayMs)
        break
      case 'release':
        if (settlement.hold) this.limits.hold(task, settlement.hold, this.now)
        if (task.key === undefined) this.#released.push(task)
        else this.#giveBack(task)
        this.#toHeads(this.#released, false)
        break
      case 'bury':
        this.end(task, { state: 'dead', reason: settlement.reason, body: settlement.detail })
        break
      case 'expire':
        this.end(task, { state: 'expired', body: undefined, reason: undefined })
        break
      case 'complete':
        this.end(
          task,
          { state: 'completed', body: settlement.result, reason: undefined },
          settlement.keep ?? keepResults,
        )
    }
    return true
  }

  /** Lost leases end. Those of one call come in any order, also with those released by the call. */
  recover(lost: readonly ModelTask[]): void {
    for (const task of lost) if (task.start || task.crashes === 0) task.crashes++
    for (const task of lost) if (task.key !== undefined) this.#giveBack(task)
    const plain = lost.filter(({ key }) => key === undefined)
    if (plain.length > 0) this.#toHeads([...this.#released, ...plain], true)
  }

  /** What a claim takes from: the waiting, and behind them the due. */
  claimable(): ModelTask[] {
    const due = this.those('delayed').filter(({ at }) => at <= this.now)
    return [...this.those('waiting'), ...due].sort(inOrder)
  }

  /** Of each key that its limits let through, the first: one of them is given next. */
  heads(): ModelTask[] {
    const heads = new Map<string | undefined, ModelTask>()
    const leased = this.those('leased')
    if (this.limits.stop(leased.length, this.now)) return []
    for (const task of this.claimable()) {
      if (!heads.has(task.key) && !this.limits.stopKey(task, leased, this.now)) heads.set(task.key, task)
    }
    return [...heads.values()]
  }

  give(claimed: ClaimedTask, leaseMs: number): void {
    const task = this.tasks.get(claimed.n)
    const heads = this.heads()
    const first = heads.find(({ key }) => key === task?.key)
    assert.ok(
      task && first && inOrder(task, first) === 0,
      `${claimed.n} was given, and before it should be one of ${heads.map(({ n }) => n).join(', ')}`,
    )
    if (task.holds) this.limits.unhold(task)
    task.holds = false
    const { failures, crashes, header, payload, memo } = claimed
    const { failures: f, crashes: c, header: h, payload: p, memo: m } = task
    assert.deepEqual(
      { failures, crashes, header, payload, memo },
      { failures: f, crashes: c, header: h, payload: p, memo: m },
    )
    assert.ok(!this.leases.has(claimed.lease), `lease ${claimed.lease} was given before`)
    assert.ok(claimed.fence > this.#fence, `fence ${claimed.fence} should be greater than all before`)
    this.#fence = claimed.fence
    this.leases.set(claimed.lease, task)
    Object.assign(task, { place: 'leased', lease: claimed.lease, at: this.now + leaseMs, start: undefined })
  }

  /** Answers whether it was in time. */
  change(task: ModelTask, { delayMs, level = task.level, payload = task.payload }: TaskChange): boolean {
    if (task.place === 'leased' || task.place === 'ended') return false
    const isOther = level !== task.level
    Object.assign(task, { level, payload })
    if (task.place === 'waiting') task.holds = false
    if (task.place === 'waiting' && !delayMs) {
      if (isOther) task.rank = ++this.#tail
    } else if (delayMs !== undefined) this.#start(task, delayMs)
    return true
  }

  end(task: ModelTask, outcome: ModelOutcome, isKept = true): void {
    if (task.place === 'delayed' && task.holds) this.limits.unhold(task)
    task.holds = false
    this.totals[outcome.state]++
    this.ends.push(endText(task, outcome))
    task.end = { at: this.now, outcome, isKept, hadLease: task.place === 'leased' }
    task.place = 'ended'
  }

  /** A dead letter starts a new life. */
  redrive(task: ModelTask, { payload, delayMs }: Redrive): void {
    Object.assign(task, {
      failures: 0,
      crashes: 0,
      memo: undefined,
      progress: undefined,
      start: undefined,
      end: undefined,
    })
    if (payload !== undefined) task.payload = payload
    if (task.id !== undefined) this.ids.set(task.id, task)
    this.#start(task, delayMs)
  }

  /**
   * Ends this many waiting or delayed tasks: the oldest of the lowest level first. Among equals `seen` decides.
   */
  endLowest(place: 'waiting' | 'delayed', count: number, outcome: ModelOutcome, seen: Places): void {
    const over = (task: ModelTask): number => (seen.get(task.n)?.state === 'ended' ? 0 : 1)
    const isKeyed = ({ key }: ModelTask): number => (place === 'waiting' && key !== undefined ? 1 : 0)
    const lowest = this.those(place).sort((a, b) => {
      if (isKeyed(a) + isKeyed(b) > 0) return isKeyed(a) - isKeyed(b) || over(a) - over(b)
      const order = place === 'delayed' ? a.at - b.at : inOrder(a, b)
      return a.level - b.level || order || over(a) - over(b)
    })
    for (const task of lowest.slice(0, count)) this.end(task, outcome)
  }

  /** The oldest of the lowest levels of a key that wait. */
  endOldestOf(key: string, count: number, outcome: ModelOutcome, seen: Places): void {
    const over = (task: ModelTask): number => (seen.get(task.n)?.state === 'ended' ? 0 : 1)
    const those = this.those('waiting').filter((task) => task.key === key)
    const oldest = those.sort((a, b) => a.level - b.level || inOrder(a, b) || over(a) - over(b))
    for (const task of oldest.slice(0, Math.max(0, count))) this.end(task, outcome)
  }

  /** Takes over what may happen at any call: due tasks join the waiting, lost leases end. */
  follow(seen: Places): void {
    const moved = (task: ModelTask): boolean => task.at <= this.now && seen.get(task.n)?.state === 'waiting'
    this.recover(this.those('leased').filter(moved))
    this.#released = []
    let last: ModelTask | undefined
    const sooner = (a: ModelTask, b: ModelTask): number => b.level - a.level || a.at - b.at
    for (const task of this.those('delayed').filter(moved).sort(sooner)) {
      const left = this.those('delayed').find(({ level, at }) => level === task.level && at < task.at)
      assert.equal(left?.n, undefined, `${left?.n} was due before ${task.n}, which waits already`)
      if (task.holds) {
        this.limits.unhold(task)
        this.#giveBack(task)
        task.holds = false
        continue
      }
      if (!last || last.level !== task.level || last.at !== task.at) this.#tail++
      Object.assign(task, { place: 'waiting', rank: this.#tail })
      last = task
    }
  }

  #start(task: ModelTask, delayMs: number): void {
    if (delayMs > 0) {
      Object.assign(task, { place: 'delayed', at: this.now + delayMs })
      if (task.holds) this.limits.holdFor(task, task.at)
    } else if (task.holds) {
      this.limits.unhold(task)
      this.#giveBack(task)
      task.holds = false
    } else Object.assign(task, { place: 'waiting', rank: ++this.#tail })
  }

  #giveBack(task: ModelTask): void {
    Object.assign(task, { place: 'waiting', rank: returnedRank(task) })
  }

  #toHeads(tasks: readonly ModelTask[], areEqual: boolean): void {
    this.#head -= tasks.length
    tasks.forEach((task, i) => Object.assign(task, { place: 'waiting', rank: this.#head + (areEqual ? 0 : i) }))
  }
}
