import { WORKER_KEPT_MS } from '@mq/core/adapter'
import { argumentsOf, readArguments } from '../arguments.ts'
import { lua } from '../lua.ts'
import { NOW } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'

/** What its participant hears. */
export const ORDERED = 'o'

const ORDER = { id: 'text', what: 'text' } as const

/**
 * KEYS     seen workers orders
 * ARGV     ORDER
 * RETURNS  1, or 0 when no such worker was noted within 60 s
 * The hint is worth no failure. O(log n).
 */
export const giveOrderScript: Script = defineScript({
  name: 'give-order',
  parts: ['seen', 'workers', 'orders'],
  allowOom: false,
  lua: lua`
${readArguments(ORDER)}
if not what then return redis.error_reply('MQARGS an order is not right') end
${NOW}
local at = tonumber(redis.call('ZSCORE', seen, id) or '')
if not (at and at > now - ${WORKER_KEPT_MS}) then return 0 end
local about = redis.call('HGET', workers, id)
local n = string.match(redis.call('HGET', orders, id) or '', '^(%d+)|') or '0'
-- By the clock, so that it is above those that were forgotten with the worker.
redis.call('HSET', orders, id, string.format('%.0f', math.max(now, #n < 14 and n + 1 or 1)) .. '|' .. what)
local topic = string.match(about or '', '^([^\\n]+)\\n')
if topic then redis.pcall('PUBLISH', topic, '${ORDERED}') end
return 1
`,
})

export function orderArguments(id: string, what: string): (string | number)[] {
  return argumentsOf(ORDER, { id, what })
}
