import { argumentsOf, readArguments } from '../arguments.ts'
import type { LimitsChange, StoredLimits } from '@mq/core/adapter'
import { limitsText, parseDefined, parseLimits } from '../../limits-text.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { TELL, WAKE } from '../parts/hints.ts'
import { LAYOUT, META, NOW } from '../parts/meta.ts'
import { LIMITS_IN, NO_LIMITS, SAVE_PACE, SHARED } from '../parts/shared-limits.ts'

/** `sets`: or only reads. `its`: the version that is changed. `override`: limits in place of the definition's, or ''. */
const SET = { sets: 'flag', its: 'number', override: 'text' } as const

/**
 * KEYS     meta idle
 * ARGV     SET
 * RETURNS  version, what is defined or '', what is set in its place or '', for how long the queue is held yet (ms)
 * Nothing is written unless the version is that of the limits. O(1): claims look again at the keys that are held back, some at each.
 */
export const setLimitsScript: Script = defineScript({
  name: 'set-limits',
  parts: ['meta', 'idle'],
  allowOom: true,
  lua: lua`
${readArguments(SET)}${arrangeParts(NOW, META, LIMITS_IN, SHARED, SAVE_PACE, TELL, WAKE)}
if sets and not (its and (override == '' or limitsIn(override))) then return redis.error_reply('MQARGS limits are not right') end
local defined, before = unpack(redis.call('HMGET', meta, 'defined', 'override'))
if sets and its == version then
  redis.call('ZCARD', idle)
  version = version + 1
  local text = override ~= '' and override or limitsIn(defined) and defined or '${NO_LIMITS}'
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'shared', string.format('%.0f', version) .. (hasKeys and ' 1 ' or ' 0 ') .. text)
  if override == '' then redis.call('HDEL', meta, 'override') else redis.call('HSET', meta, 'override', override) end
  before = override
  caps = limitsIn(text)
  boundPace()
  pace.retry = '0'
  savePace()
  if not m[6] then wake() end
end
return { version, defined or '', before or '', math.max(0, pace.held - now) }
`,
})

export function limitsArguments(change?: LimitsChange): (string | number)[] {
  const { version = '', override } = change ?? {}
  const given = override === undefined ? '' : limitsText(override)
  return argumentsOf(SET, { sets: change !== undefined, its: version, override: given })
}

/** What another program wrote there counts as missing. */
export function parseStoredLimits(reply: unknown): StoredLimits {
  const [version, definedText, overrideText, heldForMs] = reply as [number, string, string, number]
  const [defined, override] = [parseDefined(definedText), parseLimits(overrideText)]
  return {
    version,
    ...(defined ? { defined } : undefined),
    ...(override === undefined ? undefined : { override }),
    ...(heldForMs > 0 ? { heldForMs } : undefined),
  }
}
