import type { Edge, LinkReply } from '@mq/core/adapter'
import { MAX_BATCH_BYTES, parseOutcome } from '@mq/core/adapter'
import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { NOTE_FLOWS } from '../parts/flow.ts'
import { DIED_AT, keepLimits } from '../parts/keep.ts'
import { META, NOW } from '../parts/meta.ts'
import { ENDED_TASK } from './ended-task.ts'

/** Of each edge. `child`: "queue", a newline, "number.index". */
const EDGE = { parent: 'text', child: 'text' } as const

/** How many tasks are looked at, whose children are forgotten where nothing is known of them any more. */
const LOOKED_AT = 4

/**
 * KEYS     meta tasks results dead graves kin edges
 * ARGV     EDGE for each
 * RETURNS  for each edge "p" pending, "u" unknown, or how the parent ended (as of results); fewer, the first, where these are large
 * O(edges · log n): those of tasks of which nothing is known any more are found by chance and removed, twice as many as come.
 */
export const linkScript: Script = defineScript({
  name: 'link',
  parts: ['meta', 'tasks', 'results', 'dead', 'graves', 'kin', 'edges'],
  allowOom: false,
  lua: lua`
if #ARGV % ${lengthOf(EDGE)} ~= 0 or #ARGV > ${1_000 * lengthOf(EDGE)} then return redis.error_reply('MQARGS edges are not right') end
for at = 1, #ARGV, ${lengthOf(EDGE)} do
  ${readArguments(EDGE, 'at', 'parent')}
  if not string.find(parent, '^%d+$') then return redis.error_reply('MQARGS an edge is not right') end
end
${arrangeParts(NOW, META, keepLimits(), DIED_AT, ENDED_TASK)}
for _, key in ipairs({ tasks, results, graves, flow.kin }) do redis.call('HLEN', key) end
redis.call('ZCARD', dead)
redis.call('ZCARD', flow.edges)
local replies, added, bytes = {}, {}, 0
for at = 1, #ARGV, ${lengthOf(EDGE)} do
  ${readArguments(EDGE, 'at')}
  local n = parent
  local reply = redis.call('HEXISTS', tasks, n) == 1 and 'p' or endOf(n) or 'u'
  replies[#replies + 1] = reply
  if reply ~= 'u' then
    for _, text in ipairs({ 0, n, 0, n .. ':' .. child }) do added[#added + 1] = text end
  end
  bytes = bytes + #reply
  if bytes > ${MAX_BATCH_BYTES} then break end
end
if #added > 0 then
  redis.call('ZADD', flow.edges, unpack(added))
  ${NOTE_FLOWS}
  local left = #added
  for _, member in ipairs(redis.call('ZRANDMEMBER', flow.edges, ${LOOKED_AT})) do
    local n = string.match(member, '^%d+') or ''
    if left > 0 and redis.call('HEXISTS', tasks, n) == 0 and not hasEnded(n) then
      local gone = redis.call('ZRANGE', flow.edges, '[' .. n, '(' .. n .. ';', 'BYLEX', 'LIMIT', 0, left)
      if n == '' then gone = { member } end
      if #gone > 0 then redis.call('ZREM', flow.edges, unpack(gone)) end
      left = left - #gone
    end
  end
end
return replies
`,
})

export function linkArguments(edges: readonly Edge[]): (string | number)[] {
  return edges.flatMap(({ parent, child: { queue, n, index } }) =>
    argumentsOf(EDGE, { parent, child: `${queue}\n${n}.${index}` }),
  )
}

export function parseLinks(reply: unknown): LinkReply[] {
  return (reply as string[]).map((text): LinkReply => {
    if (text === 'p') return { state: 'pending' }
    const end = text === 'u' ? undefined : parseOutcome(text)
    return end === undefined ? { state: 'unknown' } : { state: 'ended', outcome: end.outcome }
  })
}
