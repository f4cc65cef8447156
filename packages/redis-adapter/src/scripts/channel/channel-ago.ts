import { argumentsOf, readArguments } from '../arguments.ts'
import type { ChannelPosition } from '@mq/core/adapter'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { DIGITS, PLACE } from '../group/group-parts.ts'
import { NOW, refuseLayout } from '../parts/meta.ts'

const AGO = { epoch: 'text', n: 'number' } as const

/**
 * KEYS     seq log
 * ARGV     AGO
 * RETURNS  how long ago the message was published, ms, or -1 where the channel does not keep it
 * O(log n): it is looked for by halving the time.
 */
export const channelAgoScript: Script = defineScript({
  name: 'channel-ago',
  parts: ['seq', 'log'],
  allowOom: true,
  lua: lua`
${readArguments(AGO)}
if not n then return redis.error_reply('MQARGS a position is not right') end
${arrangeParts(NOW, DIGITS)}
${refuseLayout(`redis.call('HGET', seq, 'layout')`, 'channel', 'seq')}
${PLACE}
local id = placeOf('position ' .. epoch .. ' ' .. whole16(n))
if not string.match(id, '%-' .. whole16(n) .. '$') or not redis.call('XRANGE', log, id, id)[1] then return -1 end
return math.max(0, now - tonumber(string.match(id, '^%d+')))
`,
})

export function agoArguments({ epoch, n }: ChannelPosition): (string | number)[] {
  return argumentsOf(AGO, { epoch, n })
}
