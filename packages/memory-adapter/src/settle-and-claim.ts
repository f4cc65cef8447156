import type { ClaimedTask, Hold, Settlement, StoredOutcome, Turn, TurnReply } from '@mq/core/adapter'
import { checkTurn, MAX_KEPT_ERRORS, workerOf } from '@mq/core/adapter'
import type { HintPost } from './hint-post.ts'
import { isKeyed } from './keyed-tasks.ts'
import { earliest, isEarlier } from './later-tasks.ts'
import { claimableAt } from './claimable.ts'
import type { QueueState } from './queue-state.ts'
import { receivableAt, receive } from './receive.ts'
import type { OpenInbox } from './receive.ts'
import { claimedTask } from './task-record.ts'
import type { TaskRecord } from './task-record.ts'

/** How many lost tasks, and due tasks of each level, one turn handles: as many as it can claim. */
const MOST_MOVED = 1_000

/** One turn of a worker: settle, then recover what is lost and promote what is due, then claim. */
export function settleAndClaim(queue: QueueState, turn: Turn, post: HintPost, inbox?: OpenInbox): TurnReply {
  checkTurn(turn)
  const { lane, seq } = turn
  const before = queue.workers.replay(lane, seq)
  if (before) return stillHeld(queue, before)

  const now = queue.clock.now()
  const dueBefore = queue.later.nextDueAt
  if (turn.keep) {
    queue.dead.limits = turn.keep.dead
    queue.outcomes.limits = turn.keep.results
  }
  queue.endsKept = turn.outcomes ?? queue.endsKept
  const claimableBefore = claimableAt(queue, now)
  if (queue.limits.define(turn, now)) queue.ready.keyed.setLimits(queue.limits.perKey, now)
  const stale = settle(queue, turn, now)
  const deadDropped = queue.dead.takeDropped()
  const given = stillSent(queue, turn, now)
  queue.later.promote(now, MOST_MOVED, queue.ready)
  queue.recover(now, MOST_MOVED)
  queue.workerSeenAt = now
  const suspectsBefore = queue.ready.suspects
  if (inbox !== undefined) receive(queue, inbox, turn, now)
  const taken = queue.paused ? [] : claim(queue, turn, post, now)
  const claimed = given ? [claimedTask(given, queue.clock.epochMs(now)), ...taken] : taken
  const suspects = turn.suspectFrom !== undefined && !queue.paused && queue.ready.suspects > 0

  const takesSuspects = turn.suspectFrom === undefined
  const workAt = claimableAt(queue, now, takesSuspects)
  const isWork = workAt !== undefined && workAt <= now
  const waiting = queue.ready.size - (takesSuspects ? 0 : queue.ready.suspects)
  const heldBack = !isWork && !queue.paused && taken.length < turn.want && waiting > 0
  const dueAt = queue.paused ? undefined : queue.later.nextDueAt
  const inboxAt = inbox === undefined || queue.paused ? undefined : receivableAt(queue, inbox)
  const { nextAt: choreAt } = queue.flows.chores
  const isChore = queue.flows.chores.isFree(now)
  const comeAt = workAt === undefined || isWork ? workAt : workAt + queue.limits.gatherAt(workAt)
  const nextDue = earliest(earliest(earliest(dueAt, comeAt), inboxAt), isChore ? undefined : choreAt)
  const isTold = taken.length < turn.want
  const nextAt =
    turn.want === 0 || (taken.length > 0 && !heldBack) ? nextDue : earliest(nextDue, queue.leases.nextDeadline)
  const reply: TurnReply = {
    at: queue.clock.epochMs(now),
    stale,
    claimed,
    ...(given ? { granted: given.lease } : undefined),
    ...(suspects ? { suspects } : undefined),
    ...(queue.paused ? { paused: true } : undefined),
    ...(isChore ? { chores: true } : undefined),
    ...(deadDropped > 0 ? { deadDropped } : undefined),
    ...queue.limits.news(turn, queue.leases.size),
    ...(heldBack ? { heldBack } : undefined),
    ...(isWork || nextAt === undefined ? undefined : { nextDueInMs: Math.max(0, Math.ceil(nextAt - now)) }),
  }
  if (turn.last) queue.workers.end(lane, seq, reply, now)
  else queue.workers.keep(lane, seq, reply, now)
  if (claimed.length > 0 || turn.last) queue.idle.remove(lane)
  const setAside = queue.ready.suspects > suspectsBefore
  // Who got all that it wanted is not told when there will be more: somebody who sleeps has to know.
  const isSettling = turn.want === 0 && turn.settlements.length > 0
  const isLater = isSettling ? isEarlier(workAt, claimableBefore) : workAt !== undefined
  const isPushed = inboxAt !== undefined && inboxAt <= now
  if (isWork || isPushed || (setAside && !queue.paused) || (!isTold && (isLater || isEarlier(dueAt, dueBefore))))
    queue.idle.wakeOne()
  if (claimed.length > 0) queue.room.tell(queue.ready.size)
  if (turn.awaitWork && (claimed.length === 0 || heldBack) && !turn.last) queue.idle.add(turn, post)
  return reply
}

/**
 * The task that was sent to this worker, and is not known to have arrived. A worker that ends will not start it: it is
 * another's at once.
 */
function stillSent(queue: QueueState, { lane, granted, last, leaseMs }: Turn, now: number): TaskRecord | undefined {
  const worker = workerOf(lane)
  const sent = queue.leases.sentTo(worker)
  if (sent === undefined) return undefined
  if (sent.lease === granted) queue.leases.arrived(worker)
  else {
    queue.leases.lasts(sent, last ? now : now + leaseMs)
    if (!last) return sent
  }
  return undefined
}

/** A repeated turn gets its claims again, except those that another worker got meanwhile. */
function stillHeld(queue: QueueState, reply: TurnReply): TurnReply {
  const { paused: _, chores: __, ...rest } = reply
  const claimed = reply.claimed.filter(({ lease }) => queue.held(lease) !== undefined)
  const now = queue.clock.now()
  const isChore = queue.flows.chores.isFree(now)
  const chores = isChore ? { chores: true } : undefined
  return { ...rest, claimed, ...chores, ...(queue.paused ? { paused: true } : undefined) }
}

/** Returns the indices of settlements whose lease was no longer the newest. */
function settle(queue: QueueState, { settlements, keepResults }: Turn, now: number): readonly number[] {
  const stale: number[] = []
  const released: TaskRecord[] = []
  settlements.forEach((settlement, index) => {
    const task = queue.held(settlement.lease)
    if (task === undefined) stale.push(index)
    else if (settlement.kind === 'release') {
      if (settlement.hold !== undefined) hold(queue, task, settlement.hold, now)
      queue.endLease(task, now)
      released.push(task)
    } else if (settlement.kind === 'retry') {
      if (settlement.charge) charge(queue, task)
      if (settlement.charge && settlement.error !== undefined) keepError(queue, task, settlement.error, now)
      queue.totals.retried++
      queue.retry(task, settlement.delayMs, now)
    } else if (settlement.kind === 'bury') {
      if (settlement.charge) charge(queue, task)
      queue.bury(task, settlement.reason, settlement.detail, now)
    } else {
      const keep = settlement.kind === 'expire' || (settlement.keep ?? keepResults)
      queue.end(task, outcomeOf(settlement, queue.clock.epochMs(now)), now, keep)
      if (settlement.kind === 'complete' && settlement.next !== undefined) {
        queue.flows.follow(task.n, settlement.next, now)
        queue.idle.wakeOne()
      }
    }
  })
  queue.ready.prepend(released, now)
  return stale
}

function charge(queue: QueueState, task: TaskRecord): void {
  task.failures++
  queue.totals.failed++
}

function keepError(queue: QueueState, task: TaskRecord, error: string, now: number): void {
  const failed = { at: queue.clock.epochMs(now), attempt: task.failures, error }
  task.errors = [...(task.errors ?? []), failed].slice(-MAX_KEPT_ERRORS)
}

function outcomeOf(settlement: Settlement & { kind: 'complete' | 'expire' }, endedAt: number): StoredOutcome {
  if (settlement.kind === 'expire') return { state: 'expired', endedAt }
  return { state: 'completed', endedAt, body: settlement.result }
}

/** The next task that this turn may be given. Tasks that lost too many leases for it are set aside. */
function nextFor({ suspectFrom }: Turn, { ready }: QueueState, now: number): TaskRecord | undefined {
  if (suspectFrom === undefined) return ready.nextSuspect(now) ?? ready.next(now)
  let next: TaskRecord | undefined
  while ((next = ready.next(now)) && next.crashes >= suspectFrom) ready.setAside(next, now)
  return next
}

/** Until then the queue is not served, or the key of the task. */
function hold(queue: QueueState, task: TaskRecord, { scope, forMs }: Hold, now: number): void {
  if (scope === 'key' && isKeyed(task)) queue.ready.keyed.hold(task, now + forMs, now)
  else queue.limits.hold(now + forMs)
}

function claim(queue: QueueState, turn: Turn, post: HintPost, now: number): readonly ClaimedTask[] {
  const claimed: ClaimedTask[] = []
  const claimedAt = queue.clock.epochMs(now)
  let bytes = 0
  while (claimed.length < turn.want && (bytes < turn.maxBytes || claimed.length === 0)) {
    const freeAt = queue.limits.freeAt(queue.leases.size)
    if (freeAt === undefined || freeAt > now) break
    const task = nextFor(turn, queue, now)
    if (task === undefined) break
    queue.ready.take(task, now)
    queue.limits.took(now)
    queue.leases.give(task, post, now + turn.leaseMs)
    bytes += task.bytes
    claimed.push(claimedTask(task, claimedAt))
  }
  return claimed
}
