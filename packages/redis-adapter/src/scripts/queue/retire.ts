import { ID_KEPT_MS, RETIRED_KEPT_MS, WIDTH_KEPT_MS } from '@mq/core/adapter'
import { HISTORY_PARTS, isOfFlow, QUEUE_PARTS, SCHEDULE_PARTS, widthOf } from '../../keys.ts'
import { readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { TELL } from '../parts/hints.ts'
import { keepLimits, OUTCOME } from '../parts/keep.ts'
import { FADING } from '../parts/keys.ts'
import { LAYOUT, META_AND_SEAL, NOW } from '../parts/meta.ts'

/** `listeners`: topic of the queue's. */
export const RETIRE = { listeners: 'text' } as const

/** What was answered stays as long as it is known to be sealed: who repeats a call would store again what has ended. */
const KEPT = ['meta', 'producers', 'lanes']
const ALL = [...QUEUE_PARTS, ...HISTORY_PARTS, ...SCHEDULE_PARTS]
const unlink = ALL.filter((part) => !KEPT.includes(part))
  .map((part) =>
    widthOf(part) === 1
      ? `redis.call('UNLINK', ${isOfFlow(part) ? `flow.${part}` : part})`
      : `for level = 0, 9 do redis.call('UNLINK', KEYS[${part.toUpperCase()} + level]) end`,
  )
  .join('\n')

/**
 * KEYS     all parts of the queue, of its history and schedules
 * ARGV     RETIRE
 * RETURNS  1 when it is deleted, else 0
 * Seals a partition, and deletes it where nothing is left that anybody can ask for, and it was sealed so long ago that nobody takes it for one
 * of now. What says so ends a day later. O(keys).
 */
export const retireScript: Script = defineScript({
  name: 'retire',
  parts: ALL,
  allowOom: true,
  lua: lua`
${readArguments(RETIRE)}
${arrangeParts(NOW, META_AND_SEAL, TELL, keepLimits(), OUTCOME)}
local left = redis.call('HLEN', tasks) + redis.call('ZCARD', leases) + redis.call('HLEN', schedules) + redis.call('ZCARD', flow.chores)
  + redis.call('ZCOUNT', dead, string.format('(%.0f', now - keepLimits()[1]), '+inf')
redis.call('HLEN', producers)
redis.call('HLEN', lanes)
local length = redis.call('LLEN', order)
local newest = length > 0 and redis.call('LRANGE', order, length - 1, length - 1)[1]
local ofIds = redis.call('ZREVRANGE', ended, 0, 0, 'WITHSCORES')[2]
if newest and outcomeOf(newest) then left = left + 1 end
if ofIds and now - tonumber(ofIds) < ${ID_KEPT_MS} then left = left + 1 end
-- A key without tasks whose rate or hold is over last.
local fading = redis.call('ZREVRANGE', paced, 0, 0, 'WITHSCORES')[2]
if fading and tonumber(fading) > ${FADING} + now then left = left + 1 end
-- An earlier version has 1. Since when is not known where the clock was put back.
local sealedAt = m[16] and (tonumber(m[16]) or 0)
if not sealedAt or sealedAt > now then
  sealedAt = now
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'sealed', string.format('%.0f', now))
end
if not m[16] then tell(listeners, 'm') end
if left > 0 or now - sealedAt < ${WIDTH_KEPT_MS} then return 0 end
${unlink}
redis.call('UNLINK', meta)
redis.call('HSET', meta, 'layout', ${LAYOUT}, 'sealed', string.format('%.0f', sealedAt))
redis.call('PEXPIRE', meta, ${RETIRED_KEPT_MS})
redis.call('PEXPIRE', producers, ${RETIRED_KEPT_MS})
redis.call('PEXPIRE', lanes, ${RETIRED_KEPT_MS})
return 1
`,
})
