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

/** `sets`: or only reads. `its`: the version that is changed. `override`: limits in place of the definition's, or ''. `by`: who, or ''. `holdFor`: ms for which the queue is held, instead of all that, or ''. */
const SET = { sets: 'flag', its: 'number', override: 'text', by: 'text', holdFor: 'number' } as const

/**
 * KEYS     meta idle
 * ARGV     SET
 * RETURNS  version, what is defined or '', what is set in its place or '', for how long the queue is held yet (ms),
 *          "ms who" of the last change or '', limits of another definition or '', and for how long no worker with it was here (ms)
 * But for a hold nothing is written unless the version is that of the limits. O(1): claims look again at the keys that are held back, some at each.
 */
export const setLimitsScript: Script = defineScript({
  name: 'set-limits',
  parts: ['meta', 'idle'],
  allowOom: true,
  lua: lua`
${readArguments(SET)}${arrangeParts(NOW, META, LIMITS_IN, SHARED, SAVE_PACE, TELL, WAKE)}
if sets and not (its and (override == '' or limitsIn(override))) then return redis.error_reply('MQARGS limits are not right') end
local defined, before, setBy, contested = unpack(redis.call('HMGET', meta, 'defined', 'override', 'setBy', 'contested'))
if holdFor then
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'shared', m[14] or '0 0 ${NO_LIMITS}')
  pace.held = math.max(now + holdFor, pace.held)
  savePace()
elseif sets and its == version then
  redis.call('ZCARD', idle)
  version = version + 1
  local text = override ~= '' and override or limitsIn(defined) and defined or '${NO_LIMITS}'
  setBy = string.format('%.0f ', now) .. by
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'setBy', setBy, 'shared', string.format('%.0f', version) .. (hasKeys and ' 1 ' or ' 0 ') .. text)
  if override == '' then redis.call('HDEL', meta, 'override') else redis.call('HSET', meta, 'override', override) end
  before = override
  caps = limitsIn(text)
  boundPace()
  pace.retry = '0'
  savePace()
  if not m[6] then wake() end
end
local seenAt, other = string.match(contested or '', '^(%d+) (.*)$')
seenAt = seenAt and #seenAt < 17 and tonumber(seenAt) or 0
return { version, defined or '', before or '', math.max(0, pace.held - now), setBy or '', seenAt > 0 and other ~= defined and other or '', math.max(0, now - seenAt) }
`,
})

export function limitsArguments(change?: LimitsChange): (string | number)[] {
  const { version = '', override, by = '', holdForMs = '' } = change ?? {}
  const given = override === undefined ? '' : limitsText(override)
  return argumentsOf(SET, {
    sets: change !== undefined,
    its: version,
    override: given,
    by,
    holdFor: holdForMs === '' ? '' : Math.ceil(holdForMs),
  })
}

/** Who changed them when, other limits, and for how long no worker had these. */
type Said = [string, string, number]

/** What another program wrote there counts as missing. */
export function parseStoredLimits(reply: unknown): StoredLimits {
  const [version, definedText, overrideText, heldForMs, ...rest] = reply as [number, string, string, number, ...Said]
  const [setBy, other, agoMs] = rest
  const [, at, by] = /^(\d{1,16}) (.*)$/s.exec(setBy) ?? []
  const contested = other === '' ? undefined : parseDefined(other)
  const [defined, override] = [parseDefined(definedText), parseLimits(overrideText)]
  return {
    version,
    ...(defined ? { defined } : undefined),
    ...(override === undefined ? undefined : { override }),
    ...(heldForMs > 0 ? { heldForMs } : undefined),
    ...(at === undefined ? undefined : { changed: { at: Number(at), ...(by ? { by } : undefined) } }),
    ...(contested === undefined ? undefined : { contested: { limits: contested, agoMs } }),
  }
}
