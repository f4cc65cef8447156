import type { ClaimedTask, LimitsNews, TurnReply } from '@mq/core/adapter'
import { parseDefined } from '../../limits-text.ts'
import { parseRecord } from '../../record.ts'
import { BLOCKED } from '../parts/flow.ts'

/** What somebody else wrote counts as 0, as it does in the scripts. */
function countOf(text: string | null | undefined): number {
  return text != null && /^\d{1,9}$/.test(text) ? Number(text) : 0
}

type Texts = readonly (string | null)[]
type Reply = [
  number,
  string,
  number,
  string,
  string,
  string[],
  Texts,
  Texts,
  Texts,
  number,
  number?,
  number?,
  (Sent | null)?,
  string?,
]
/** Lease, fence and record of a grant that is given again. */
type Sent = readonly [string, string, string]

/** `silent`: a group of the outcomes whose members were away for longer than `afterMs`. */
export function parseAppendingTurn(reply: unknown): {
  readonly turn: TurnReply
  readonly silent?: { readonly group: string; readonly afterMs: number }
} {
  const [first, silent] = reply as [unknown, unknown]
  if (!Array.isArray(first)) return { turn: parseTurn(reply) }
  const [afterMs, group = ''] = String(silent).split(' ', 2)
  return { turn: parseTurn(first), silent: { group, afterMs: Number(afterMs) } }
}

export function parseTurn(reply: unknown): TurnReply {
  const [
    claimedAt,
    fence,
    nextDueInMs,
    stale,
    leases,
    records,
    crashes,
    failures,
    memos,
    flags,
    deadDropped = 0,
    foreign = 0,
    given,
    news,
  ] = reply as Reply
  const sent = given ?? undefined
  const first = Number(fence)
  const claimed = leases === '' ? [] : leases.split(',')
  return {
    at: claimedAt,
    ...(sent === undefined ? undefined : { granted: sent[0] }),
    stale: stale === '' ? [] : stale.split(',').map((index) => Number(index) - 1),
    claimed: (sent === undefined ? [] : [parseGrant(sent[0], sent[1], sent[2], claimedAt)]).concat(
      claimed.flatMap((lease, i) =>
        // Empty: of a repeated turn, and no longer held.
        lease === ''
          ? []
          : {
              lease,
              n: lease.slice(0, lease.indexOf('#')),
              fence: first + i,
              claimedAt,
              crashes: countOf(crashes[i]),
              failures: countOf(failures[i]),
              memo: memos[i] ?? undefined,
              ...parseRecord(records[i]!),
            },
      ),
    ),
    // Where all that are delayed are blocked there is none.
    ...(nextDueInMs >= 0 && nextDueInMs < BLOCKED / 2 ? { nextDueInMs } : undefined),
    ...((flags & 1) === 1 ? { suspects: true } : undefined),
    ...((flags & 2) === 2 ? { paused: true } : undefined),
    ...((flags & 4) === 4 ? { chores: true } : undefined),
    ...(deadDropped > 0 ? { deadDropped } : undefined),
    ...(foreign > 0 ? { foreign } : undefined),
    ...(news === undefined ? undefined : parseNews(news)),
  }
}

/** Flags, how many more leases there may be or '', and limits of another definition or '', by vertical bars. */
function parseNews(news: string): LimitsNews & Pick<TurnReply, 'unreadableInbox'> {
  const [flags = '', left = '', text = ''] = news.split('|', 3)
  const otherLimits = text === '' ? undefined : parseDefined(text)
  return {
    ...(left === '' ? undefined : { leasesLeft: Number(left) }),
    ...(flags.includes('h') ? { heldBack: true } : undefined),
    ...(flags.includes('i') ? { unreadableInbox: true } : undefined),
    ...(flags.includes('u') ? { unreadableLimits: true } : undefined),
    ...(otherLimits === undefined ? undefined : { otherLimits }),
  }
}

/** A task that was sent with a hint. It was new, so nothing is known of it but its record. */
export function parseGrant(lease: string, fence: string, record: string, claimedAt?: number): ClaimedTask {
  const facts = parseRecord(record)
  return {
    lease,
    n: lease.slice(0, lease.indexOf('#')),
    fence: Number(fence),
    // It was sent when it was enqueued.
    claimedAt: claimedAt ?? facts.enqueuedAt,
    crashes: 0,
    failures: 0,
    ...facts,
  }
}
