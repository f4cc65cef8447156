import type { KeptOrder, RegisteredName, RegistryNews } from '@mq/core/adapter'
import { MAX_LISTED_WORKERS, WORKER_KEPT_MS } from '@mq/core/adapter'
import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import { lua } from '../lua.ts'
import { NOW } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'

/** How many of each follow. `topic`: the participant's. */
const NEWS = { topic: 'text', obliterated: 'number', used: 'number', left: 'number', working: 'number' } as const

/**
 * KEYS     names seen workers orders
 * ARGV     NEWS, then the obliterated and the used names ("q:name" of a queue, "c:name" of a channel), the ids of workers that
 *          left, and (id, what it says) for each that works
 * RETURNS  (id, "number|order") for each of those that work and have an order
 * Workers that were not noted for 60 s are dropped, 1,000 in a call, and the oldest of more than 10,000. O(names + workers).
 */
export const noteNewsScript: Script = defineScript({
  name: 'note-news',
  parts: ['names', 'seen', 'workers', 'orders'],
  allowOom: false,
  lua: lua`
${readArguments(NEWS)}
if not (obliterated and used and left and working) or #ARGV ~= ${lengthOf(NEWS)} + obliterated + used + left + 2 * working then
  return redis.error_reply('MQARGS news are not right')
end
${NOW}
redis.call('ZCARD', names)
redis.call('ZCARD', seen)
redis.call('HLEN', workers)
local hasOrders = redis.call('HLEN', orders) > 0

local at = ${lengthOf(NEWS)}
if obliterated > 0 then redis.call('ZREM', names, unpack(ARGV, at + 1, at + obliterated)) end
at = at + obliterated
if used > 0 then
  local added = {}
  for i = 1, used do
    added[2 * i - 1] = 0
    added[2 * i] = ARGV[at + i]
  end
  redis.call('ZADD', names, unpack(added))
end
at = at + used
local gone = {}
for i = 1, left do gone[i] = ARGV[at + i] end
at = at + left
if working > 0 then
  local times, said = {}, {}
  for i = 1, working do
    local id = ARGV[at + 2 * i - 1]
    times[2 * i - 1], times[2 * i] = now, id
    said[2 * i - 1], said[2 * i] = id, topic .. '\\n' .. ARGV[at + 2 * i]
  end
  redis.call('HSET', workers, unpack(said))
  redis.call('ZADD', seen, unpack(times))
  local silent = redis.call('ZRANGEBYSCORE', seen, '-inf', now - ${WORKER_KEPT_MS}, 'LIMIT', 0, 1000)
  local over = redis.call('ZCARD', seen) - ${MAX_LISTED_WORKERS}
  if over > #silent then silent = redis.call('ZRANGE', seen, 0, math.min(over, 1000) - 1) end
  for i = 1, #silent do gone[#gone + 1] = silent[i] end
end
if #gone > 0 then
  redis.call('HDEL', workers, unpack(gone))
  redis.call('ZREM', seen, unpack(gone))
  if hasOrders then redis.call('HDEL', orders, unpack(gone)) end
end
local found = {}
if hasOrders and working > 0 then
  local ids = {}
  for i = 1, working do ids[i] = ARGV[at + 2 * i - 1] end
  local kept = redis.call('HMGET', orders, unpack(ids))
  for i = 1, working do
    if kept[i] then
      found[#found + 1] = ids[i]
      found[#found + 1] = kept[i]
    end
  end
end
return found
`,
})

export function newsArguments(news: RegistryNews, topic: string): (string | number)[] {
  const { obliterated = [], used = [], left = [], working = [] } = news
  return [
    ...argumentsOf(NEWS, {
      topic,
      obliterated: obliterated.length,
      used: used.length,
      left: left.length,
      working: working.length,
    }),
    ...[...obliterated, ...used].map(memberOf),
    ...left,
    ...working.flatMap(({ id, about }) => [id, about]),
  ]
}

/** Without what another program wrote there. */
export function parseOrders(reply: unknown): readonly KeptOrder[] {
  const texts = reply as readonly string[]
  return Array.from({ length: texts.length / 2 }).flatMap((_, i) => {
    const [, n, what] = /^(\d{1,15})\|([^]*)$/.exec(texts[2 * i + 1]!) ?? []
    return n === undefined ? [] : [{ id: texts[2 * i]!, n: Number(n), what: what! }]
  })
}

/** Of `names`. */
export function memberOf({ kind, name }: RegisteredName): string {
  return `${kind === 'queue' ? 'q' : 'c'}:${name}`
}
