import { argumentsOf } from '../arguments.ts'
import type { GroupStart, GroupTurn } from '@mq/core/adapter'
import { groupPartsWithChannelBut } from '../../keys.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { keepArgument } from '../parts/keep.ts'
import { actOf } from '../parts/act-of.ts'
import { GROUP_TURN, groupTurnLua } from './group-turn-lua.ts'

/**
 * KEYS     seq log readers floors alive bells meta leases hands held open returned back suspects delays lanes idle dead graves notes
 * ARGV     GROUP_TURN, then the lease of each settlement, then the act of each, the acts of `settle-and-claim`
 * RETURNS  now, the hand, ms until the next is due or -1, indices of stale settlements by commas, ids by commas ("-": no
 *          longer held), their texts, "failures|crashes" of each (or none at all), how many messages were lost, began 0|1, memos (or none),
 *          1 for suspects + 2 for paused, dead letters dropped for a bound and entries dropped that another program wrote (or none)
 * The turn of a group's member. A repeated call settles nothing again and returns those of its claims that are still held.
 * Writes all or nothing; O(settlements + want).
 */
export const groupTurnScript: Script = defineScript({
  name: 'group-turn',
  parts: groupPartsWithChannelBut('publishers'),
  allowOom: true,
  lua: groupTurnLua(false),
})

export function groupTurnArguments(
  turn: GroupTurn,
  topic: string,
  group: string,
  from: GroupStart,
): (string | number)[] {
  const { lane, seq, repeat, want, maxBytes, leaseMs, awaitWork, suspectFrom = '', last = false, settlements } = turn
  const args = argumentsOf(GROUP_TURN, {
    lane,
    number: seq,
    isRepeat: repeat,
    want,
    maxBytes,
    leaseMs,
    bounds: keepArgument(turn.keep),
    topic,
    awaitsWork: awaitWork && !last,
    isLast: last,
    group,
    start: startArgument(from),
    suspectFrom,
    count: settlements.length,
  })
  for (const { lease } of settlements) args.push(lease)
  for (const settlement of settlements) args.push(actOf(settlement, false))
  return args
}

export function startArgument(start: GroupStart): string {
  if (typeof start === 'string') return start
  if ('sinceMs' in start) return `since ${Math.ceil(start.sinceMs)}`
  return `position ${start.position.epoch} ${start.position.n}`
}
