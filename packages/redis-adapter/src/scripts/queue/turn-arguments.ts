import { argumentsOf } from '../arguments.ts'
import type { Values } from '../arguments.ts'
import type { Inbox, Settlement, Turn } from '@mq/core/adapter'
import { actOf } from '../parts/act-of.ts'
import { ENDS } from '../parts/ends.ts'
import { keepArgument } from '../parts/keep.ts'
import { OWNED } from './settle.ts'

/**
 * `keep`: whether results are kept; `bounds`: of what is kept, or ''. `topic`: for hints of work (or that was hinted), or ''. `suspectFrom`: lost
 * leases from which a task is set aside. `grants`: '1' or '0', whether a hint may bring a task along now; '' if never. `granted`: the lease of
 * the last one that arrived, or ''. `count`: of settlements; `ownedCount`: of those that have a caller's own id.
 */
export const TURN = {
  lane: 'text',
  seq: 'number',
  isRepeat: 'flag',
  want: 'number',
  maxBytes: 'number',
  leaseMs: 'number',
  keep: 'flag',
  bounds: 'text',
  topic: 'text',
  isLast: 'flag',
  suspectFrom: 'number',
  grants: 'text',
  granted: 'text',
  ownedCount: 'number',
  count: 'number',
} as const

/** Of the script that appends. `units`: the lengths of the acts in code units of UTF-16, by commas. */
export const UNITS = { units: 'text' } as const

/** Of the script for keys and limits. `defined`: limits of the worker's definition, "off", or ''. */
export const SHARES = { defined: 'text' } as const

/** Of the script for an inbox. `inboxEnd`: left or right; `inboxMost`: bytes of the largest payload. */
export const RECEIVES = { inboxEnd: 'text', inboxIsText: 'flag', inboxMost: 'number' } as const

/** What follows it, in front of its act. */
function nextOf(settlement: Settlement): string {
  if (settlement.kind !== 'complete' || settlement.next === undefined) return ''
  return `N${Buffer.byteLength(settlement.next)}|${settlement.next}`
}

/** `inbox`: only for the script for one; `ends`: only for the script that appends; `defined`: only for the one for keys and limits. */
export function turnArguments(
  turn: Turn,
  topic: string,
  ends?: Values<typeof ENDS>,
  defined?: string,
  inbox?: Inbox,
): (string | number)[] {
  const { lane, seq, repeat, want, maxBytes, leaseMs, keepResults, keep, awaitWork, settlements } = turn
  const last = turn.last === true
  let ownedCount = 0
  for (const { id } of settlements) if (id !== undefined) ownedCount++
  const given: Values<typeof TURN> = {
    lane,
    seq,
    isRepeat: repeat,
    want,
    maxBytes,
    leaseMs,
    keep: keepResults,
    bounds: keepArgument(keep),
    topic: awaitWork || last ? topic : '',
    isLast: last,
    suspectFrom: turn.suspectFrom ?? '',
    grants: turn.takesGrant === undefined ? '' : turn.takesGrant ? '1' : '0',
    granted: turn.granted ?? '',
    ownedCount,
    count: settlements.length,
  }
  const args = argumentsOf(TURN, given)
  if (ends !== undefined) args.push(...argumentsOf(ENDS, ends))
  const acts = settlements.map((settlement) => actOf(settlement, true, keepResults))
  const nexts = settlements.map(nextOf)
  if (ends !== undefined) args.push(...argumentsOf(UNITS, { units: acts.map((act) => act.length).join(',') }))
  if (defined !== undefined) args.push(...argumentsOf(SHARES, { defined }))
  if (inbox !== undefined) {
    const { end, format, maxBytes: inboxMost } = inbox
    args.push(...argumentsOf(RECEIVES, { inboxEnd: end, inboxIsText: format === 'text', inboxMost }))
  }
  for (const { lease } of settlements) args.push(lease)
  acts.forEach((act, i) => args.push(`${nexts[i]!}${act}`))
  for (let i = 0; ownedCount > 0 && i < settlements.length; i++) {
    const { id } = settlements[i]!
    if (id !== undefined) args.push(...argumentsOf(OWNED, { i: i + 1, id }))
  }
  return args
}
