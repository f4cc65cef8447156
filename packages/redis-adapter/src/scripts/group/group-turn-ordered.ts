import type { GroupOrder } from '@mq/core/adapter'
import { groupPartsWithChannelBut, ORDER_PARTS } from '../../keys.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { argumentsOf, lengthOf } from '../arguments.ts'
import { GROUP_TURN, groupTurnLua, ORDERS } from './group-turn-lua.ts'

/**
 * KEYS     seq log readers floors alive bells meta leases hands held open returned back suspects delays lanes idle dead graves notes named tails behind firsts blocked unnamed
 * ARGV     GROUP_TURN, then ORDERS, then those of group-turn, then the id and the key of each message whose key is told
 * RETURNS  what group-turn returns; ids of messages ahead by commas; their texts
 * The turn of a member of an ordered group. O(settlements + want + keys · log n).
 */
export const groupTurnOrderedScript: Script = defineScript({
  name: 'group-turn-ordered',
  parts: [...groupPartsWithChannelBut('publishers'), ...ORDER_PARTS],
  allowOom: true,
  lua: groupTurnLua(true),
})

/** `turn`: the arguments of group-turn. */
export function orderedTurnArguments(turn: readonly (string | number)[], { keys }: GroupOrder): (string | number)[] {
  const length = lengthOf(GROUP_TURN)
  return [
    ...turn.slice(0, length),
    ...argumentsOf(ORDERS, { told: keys.length }),
    ...turn.slice(length),
    ...keys.flatMap(({ id, key }) => [id, key]),
  ]
}
