import type { ChannelPosition } from '../ports/channel-position.ts'
import type { GroupStats } from '../ports/group-driver.ts'
import { MAX_BLOCKED } from '../ports/limits.ts'

/** Why a group does not deliver a message, for the engineer on call. */
export interface GroupExplanation {
  readonly because: GroupBecause
  /** One sentence. Its words may change. */
  readonly text: string
  readonly facts: GroupFacts
}

export type GroupBecause =
  | 'unknown-group'
  /** No message of the channel has that number yet. */
  | 'not-published'
  /** The group gave it up: it is a dead letter, with a reason. */
  | 'dead'
  /** The group is past it, and has nothing open: it was handled, skipped by where the group began, or lost. */
  | 'delivered'
  /** The group is past it, and has messages that run, or that are given again: it may be one of them. */
  | 'in-hand'
  | 'paused'
  /** No member is alive, or all are quiet. */
  | 'no-member'
  | 'behind-others'
  /** Of an ordered group: what waits is behind others of their keys; or as many are as may be, and no more are read. */
  | 'behind-their-keys'
  /** Only messages are left whose next attempt is due later. */
  | 'backing-off'
  | 'members-busy'
  /** A member is being woken, or is about to claim. */
  | 'next'
  /** Every message was given to a member, and none is open. */
  | 'caught-up'
  /** Of outcomes: every one was given to a member, and the queue appends no more. */
  | 'not-kept'

export interface GroupFacts {
  /** Absent when the group does not exist. */
  readonly stats?: GroupStats | undefined
  /** Of the newest message of the channel. */
  readonly newest?: ChannelPosition | undefined
  /** Its members that are alive and not quiet, from all processes. */
  readonly members: number
  /** How many handlers they may run at once. */
  readonly concurrency: number
  /** Of a channel with partitions: the one that the other figures are of; in another the reason may be another. */
  readonly partition?: { readonly index: number; readonly of: number } | undefined
  /** How many messages members hold in all partitions. */
  readonly inHands?: number | undefined
  /** False of the outcomes of a queue that keeps none now. */
  readonly isKept?: boolean | undefined
  /** The reason with which the message died, if it did. */
  readonly diedOf?: string | undefined
}

/** Finds in the facts the one reason that has to change first: for the message of that number, or for any. */
export function explainGroup(facts: GroupFacts, n?: number): GroupExplanation {
  const [because, text] = reasonOf(facts, n)
  const { partition } = facts
  if (partition === undefined) return { because, text, facts }
  return { because, text: `In partition ${partition.index} of ${partition.of}: ${text}`, facts }
}

function reasonOf(facts: GroupFacts, n: number | undefined): readonly [GroupBecause, string] {
  const { stats, newest, diedOf } = facts
  if (stats === undefined)
    return ['unknown-group', 'There is no such group: it has never had a member, or was removed.']
  if (diedOf !== undefined) return ['dead', `The group gave it up, and keeps it as a dead letter: ${diedOf}.`]
  const { unread, ahead, blocked, returned, running } = stats
  // No more are read, and nothing of what was may be given.
  const isFull = blocked >= MAX_BLOCKED && ahead === blocked && returned === 0
  if (n === undefined || newest === undefined) {
    if (unread + returned === 0) return withoutUnread(facts, stats)
    return blocked > 0 && (isFull || unread + returned === blocked)
      ? whileBlocked(facts, stats)
      : whileWaiting(facts, running, 0)
  }
  if (n > newest.n) {
    return ['not-published', `It is not published yet: the newest message of the channel has the number ${newest.n}.`]
  }
  const read = newest.n - (unread - ahead)
  if (n <= read) return whenPassed(facts, stats, read)
  if (isFull) return whileBlocked(facts, stats)
  return whileWaiting(facts, running, n - read - 1 + returned + ahead - blocked)
}

const CAUGHT_UP = ['caught-up', 'Every message was given to a member, and none is open.'] as const
const NOT_KEPT = [
  'not-kept',
  'The queue keeps no outcomes: no producer or worker whose definition has them has called, or one said false.',
] as const

function withoutUnread(facts: GroupFacts, stats: GroupStats): readonly [GroupBecause, string] {
  const { delayed, overdue, running } = stats
  const { isKept = true } = facts
  const hindrance = hindranceOf(facts)
  if (running > 0) {
    const given = `Every message was given to a member; ${running} are not settled yet.`
    // A member that is quiet settles what it holds.
    return ['members-busy', hindrance === undefined ? given : `${given} ${hindrance[1]}`]
  }
  if (delayed === 0) return isKept ? CAUGHT_UP : NOT_KEPT
  if (overdue > 0 && hindrance !== undefined) return hindrance
  if (overdue > 0) return ['next', `${overdue} that failed are due again, and a member is being woken.`]
  return ['backing-off', `Only messages are left that failed, and whose next attempt is due later: ${delayed}.`]
}

function whenPassed(
  facts: GroupFacts,
  { ahead, blocked, running, returned, delayed, lost }: GroupStats,
  read: number,
): readonly [GroupBecause, string] {
  if (running + returned + delayed + ahead > 0) {
    const behind = ahead > 0 ? `, ${ahead} for their turn, ${blocked} of them behind another message of their key` : ''
    const open = `${running} run, ${returned} wait to be given again, ${delayed} for the pause before a retry${behind}`
    const [, hindrance = ''] = hindranceOf(facts) ?? []
    const text = `The group has read up to ${read}: the message was handled, or is one of those that are open (${open}).`
    return ['in-hand', `${text} ${hindrance}`.trimEnd()]
  }
  const others = lost > 0 ? `, or is one of ${lost} that the channel no longer had` : ''
  return ['delivered', `The group has read up to ${read}, and none is open: it was handled, or passed by${others}.`]
}

/** Why it gives nothing to anybody. */
function hindranceOf({ stats, members }: GroupFacts): readonly [GroupBecause, string] | undefined {
  if (stats?.paused) return ['paused', 'The group is paused.']
  if (members > 0) return undefined
  return ['no-member', 'The group has no member: none is alive, or all are quiet.']
}

/** What they wait for runs, or waits itself. */
function whileBlocked(facts: GroupFacts, stats: GroupStats): readonly [GroupBecause, string] {
  const { unread, blocked, running, delayed } = stats
  const hindrance = hindranceOf(facts)
  if (hindrance !== undefined) return hindrance
  const rest = `${running} run, and ${delayed} wait for the pause before a retry`
  const which =
    unread > blocked
      ? `No more are read while ${blocked} are behind another message of their key`
      : `All ${blocked} that wait are behind another message of their key`
  return ['behind-their-keys', `${which}: ${rest}.`]
}

function whileWaiting(facts: GroupFacts, running: number, ahead: number): readonly [GroupBecause, string] {
  const hindrance = hindranceOf(facts)
  if (hindrance !== undefined) return hindrance
  if (ahead > 0) return ['behind-others', `${ahead} ${ahead === 1 ? 'message is' : 'messages are'} given before it.`]
  const inHands = facts.inHands ?? running
  const isBusy = inHands >= facts.concurrency
  if (isBusy) return ['members-busy', `All members are busy (${inHands} messages are in their hands).`]
  return ['next', 'It is the next one, and a member is being woken.']
}
