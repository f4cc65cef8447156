import type { ClaimedTask } from '../ports/claimed-task.ts'
import type { Turn, TurnReply } from '../ports/queue-driver.ts'
import type { DefinedLimits } from '../ports/queue-limits.ts'
import type { PartOfTurn, WorkerView } from './worker-view.ts'

export interface PartAnswer {
  readonly part: PartOfTurn
  readonly reply: TurnReply
}

interface Around {
  readonly now: number
  readonly isAway: (index: number) => boolean
  readonly wholeOf: (share: DefinedLimits) => Promise<DefinedLimits | undefined>
}

/** The reply to a turn, from those of its parts. No grants are sent: a worker would be sent one by each partition. */
export async function mergeReplies(
  turn: Turn,
  answers: readonly PartAnswer[],
  view: WorkerView,
  { now, isAway, wholeOf }: Around,
): Promise<TurnReply> {
  const stale: number[] = []
  const claimed: ClaimedTask[] = []
  let [deadDropped, foreign] = [0, 0]
  let otherLimits: DefinedLimits | undefined
  let leasesLeft: number | undefined
  const has = (flag: 'paused' | 'chores' | 'unreadableLimits'): boolean =>
    answers.some(({ reply }) => reply[flag] === true)
  for (const { part, reply } of answers) {
    for (const at of reply.stale) stale.push(part.positions[at]!)
    claimed.push(...reply.claimed)
    deadDropped += reply.deadDropped ?? 0
    foreign += reply.foreign ?? 0
    otherLimits ??= reply.otherLimits
    // What the others have left is not known: a worker that holds so many ahead may hold them all of this one.
    if (reply.leasesLeft !== undefined) leasesLeft = Math.min(leasesLeft ?? reply.leasesLeft, reply.leasesLeft)
  }
  const isShort = claimed.length < turn.want
  const nextDueInMs = isShort || turn.want === 0 ? view.dueInMs(now, isAway) : undefined
  if (otherLimits !== undefined) otherLimits = await wholeOf(otherLimits)
  return {
    stale: stale.sort((one, other) => one - other),
    claimed,
    ...(nextDueInMs === undefined ? undefined : { nextDueInMs }),
    ...(turn.suspectFrom !== undefined && view.hasSuspects ? { suspects: true } : undefined),
    ...(isShort && view.isHeldBack ? { heldBack: true } : undefined),
    ...(deadDropped > 0 ? { deadDropped } : undefined),
    ...(foreign > 0 ? { foreign } : undefined),
    ...(has('paused') ? { paused: true } : undefined),
    ...(has('chores') ? { chores: true } : undefined),
    ...(leasesLeft === undefined ? undefined : { leasesLeft }),
    ...(has('unreadableLimits') ? { unreadableLimits: true } : undefined),
    ...(otherLimits === undefined ? undefined : { otherLimits }),
  }
}
