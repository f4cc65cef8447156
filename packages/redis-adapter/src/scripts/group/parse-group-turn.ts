import type { AheadMessage, ClaimedTask, GroupTurnReply } from '@mq/core/adapter'

/** What `group-turn` returns. */
type Reply = [
  number,
  string,
  number,
  string,
  string,
  string[],
  string[],
  number,
  number,
  (string | null)[],
  number,
  number?,
  number?,
]

/** "offset epoch n body", as `append` writes it. */
const TEXT = /^\d{1,16} \d{1,16} \d{1,16} /

export function parseGroupTurn(reply: unknown): GroupTurnReply {
  const [claimedAt, hand, nextDueInMs, stale, idList, texts, facts, lost, began, memos, flags, ...report] =
    reply as Reply
  const [deadDropped = 0, foreign = 0] = report
  const first = Number(hand)
  const claimed: ClaimedTask[] = []
  const ids = idList === '' ? [] : idList.split(',')
  for (let i = 0; i < ids.length; i++) {
    // Of a repeated turn, and no longer held.
    if (ids[i] === '-') continue
    const [failures = 0, crashes = 0] = facts[i] ? facts[i]!.split('|').map(Number) : []
    claimed.push({
      lease: `${hand}.${i + 1}`,
      fence: first + i,
      claimedAt,
      failures,
      crashes,
      ...messageOf(ids[i]!, texts[i]!),
      ...(memos[i] == null ? undefined : { memo: memos[i]! }),
    })
  }
  return {
    stale: stale === '' ? [] : stale.split(',').map((index) => Number(index) - 1),
    claimed,
    ...(nextDueInMs >= 0 ? { nextDueInMs } : undefined),
    ...(lost > 0 ? { lost } : undefined),
    ...(began === 1 ? { began: true } : undefined),
    ...((flags & 1) === 1 ? { suspects: true } : undefined),
    ...((flags & 2) === 2 ? { paused: true } : undefined),
    ...((flags & 4) === 4 ? { ordered: true } : undefined),
    ...(deadDropped > 0 ? { deadDropped } : undefined),
    ...(foreign > 0 ? { foreign } : undefined),
  }
}

/** What `group-turn-ordered` returns. */
export function parseOrderedTurn(reply: unknown): GroupTurnReply {
  const [turn, idList, texts] = reply as [unknown, string, string[]]
  const parsed = parseGroupTurn(turn)
  if (idList === '') return parsed
  const ahead: AheadMessage[] = idList.split(',').map((id, i) => ({ id, payload: messageOf(id, texts[i]!).payload }))
  return { ...parsed, ahead }
}

type Delivered = Pick<ClaimedTask, 'n' | 'enqueuedAt' | 'header' | 'payload' | 'malformed'>

/** What another program wrote is given whole, and marked. */
function messageOf(id: string, text: string): Delivered {
  const dash = id.indexOf('-')
  const n = id.slice(dash + 1)
  const enqueuedAt = Number(id.slice(0, dash))
  if (!TEXT.test(text)) return { n, enqueuedAt, header: '', payload: text, malformed: true }
  return { n, enqueuedAt, header: '', payload: text.slice(text.indexOf(' ') + 1) }
}
