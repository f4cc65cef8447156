import type { ClaimedTask, GroupTurn, GroupTurnReply, Turn } from '@mq/core/adapter'
import { placeByKey, readAhead } from './ahead.ts'
import type { GroupState } from './group-state.ts'
import type { HintPost } from './hint-post.ts'
import { earliest, isEarlier } from './later-tasks.ts'
import { claimedTask } from './task-record.ts'
import type { TaskRecord } from './task-record.ts'

const MOST_MOVED = 1_000

/** One turn of a group's member: settle, then recover what is lost and promote what is due, then claim. */
export function takeTurn(group: GroupState, turn: GroupTurn, post: HintPost, began: boolean): GroupTurnReply {
  const { lane, seq } = turn
  const before = group.lanes.replay(lane, seq)
  if (before) return stillHeld(group, before)

  const now = group.clock.now()
  const lostBefore = group.lost
  const dueBefore = group.delayed.first?.at
  group.seenAt = now
  if (turn.keep) group.dead.limits = turn.keep.dead
  const stale = settle(group, turn, now)
  const deadDropped = group.dead.takeDropped()
  promote(group, now)
  recover(group, now)
  placeByKey(group, turn)
  const suspectsBefore = group.suspects.size
  const isForbidden = group.order !== undefined && turn.order === undefined
  const claimed = group.paused || isForbidden ? [] : claim(group, turn, post, now)
  const ahead = readAhead(group, turn)
  const suspects = turn.suspectFrom !== undefined && !group.paused && group.suspects.size > 0

  // Who got what is ahead comes back for it at once, unless it has all that it wants.
  const comesBack = ahead.length > 0 && claimed.length < turn.want
  const isWork = comesBack ? group.isClaimable : group.hasMore
  const dueAt = group.paused ? undefined : group.delayed.first?.at
  const nextAt = turn.want === 0 || claimed.length > 0 ? dueAt : earliest(dueAt, group.leases.nextDeadline)
  const lost = group.lost - lostBefore
  const reply: GroupTurnReply = {
    stale,
    claimed,
    ...(isForbidden ? { ordered: true } : undefined),
    ...(isWork || nextAt === undefined ? undefined : { nextDueInMs: Math.max(0, Math.ceil(nextAt - now)) }),
    ...(lost > 0 ? { lost } : undefined),
    ...(deadDropped > 0 ? { deadDropped } : undefined),
    ...(began ? { began } : undefined),
    ...(group.paused ? { paused: true } : undefined),
    ...(suspects ? { suspects } : undefined),
  }
  if (turn.last) group.lanes.end(lane, seq, reply, now)
  else group.lanes.keep(lane, seq, reply, now)
  if (claimed.length > 0 || turn.last) group.idle.remove(lane)
  const setAside = group.suspects.size > suspectsBefore
  // Who got fewer than it wanted is told when the next is due.
  const isTold = claimed.length < turn.want
  if (isWork || setAside || (!isTold && isEarlier(dueAt, dueBefore))) group.idle.wakeOne()
  if (turn.awaitWork && claimed.length === 0 && !turn.last && !isForbidden) group.idle.add(turn, post)
  return ahead.length > 0 ? { ...reply, ahead } : reply
}

/** A repeated turn gets its claims again, except those that another worker got meanwhile. */
function stillHeld(group: GroupState, reply: GroupTurnReply): GroupTurnReply {
  const { paused: _, ...rest } = reply
  const claimed = reply.claimed.filter(({ lease }) => group.held(lease) !== undefined)
  return { ...rest, claimed, ...(group.paused ? { paused: true } : undefined) }
}

function settle(group: GroupState, { settlements }: Turn, now: number): readonly number[] {
  const stale: number[] = []
  const released: TaskRecord[] = []
  settlements.forEach((settlement, index) => {
    const task = group.held(settlement.lease)
    if (task === undefined) {
      stale.push(index)
      return
    }
    if (settlement.kind === 'release') {
      group.leases.end(task)
      released.push(task)
    } else if (settlement.kind === 'retry') {
      if (settlement.charge) task.failures++
      group.retry(task, settlement.delayMs, now)
    } else if (settlement.kind === 'bury') {
      if (settlement.charge) task.failures++
      group.bury(task, settlement.reason, settlement.detail, now)
    } else group.end(task)
  })
  group.prepend(released)
  return stale
}

function promote(group: GroupState, now: number): void {
  for (let moved = 0; moved < MOST_MOVED; moved++) {
    const task = group.delayed.takeDue(now)
    if (task === undefined) return
    group.returned.pushBack(task)
  }
}

function recover(group: GroupState, now: number): void {
  const lost = group.leases.endExpired(now, MOST_MOVED)
  // The first crash is charged in any case, so that plain messages need no note of their start.
  for (const task of lost) if (task.started || task.crashes === 0) task.crashes++
  group.prepend(lost)
}

function claim(
  group: GroupState,
  { want, maxBytes, leaseMs, suspectFrom }: Turn,
  post: HintPost,
  now: number,
): ClaimedTask[] {
  const claimed: ClaimedTask[] = []
  const claimedAt = group.clock.epochMs(now)
  let bytes = 0
  while (claimed.length < want && (bytes < maxBytes || claimed.length === 0)) {
    const task = group.next(suspectFrom)
    if (task === undefined) {
      group.passLost()
      break
    }
    group.leases.give(task, post, now + leaseMs)
    bytes += task.bytes
    claimed.push(claimedTask(task, claimedAt))
  }
  return claimed
}
