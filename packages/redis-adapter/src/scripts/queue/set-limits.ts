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

/** `sets`: or only reads. `its`: the version that is changed. `override`: limits in place of the definition's, or ''. `by`: who, or ''. `order`: the number of the change, in place of the version, and `at`: ms, when it was set first; or ''. `holdFor`: ms for which the queue is held, instead of all that, or ''. */
const SET = {
  sets: 'flag',
  its: 'number',
  override: 'text',
  by: 'text',
  order: 'number',
  at: 'number',
  holdFor: 'number',
} as const

/**
 * KEYS     meta idle
 * ARGV     SET
 * RETURNS  version, what is defined or '', what is set in its place or '', for how long the queue is held yet (ms),
 *          "ms who" of the last change or '', limits of another definition or '', for how long no worker with it was here (ms),
 *          the number of the last change of what is set, or 0
 * But for a hold nothing is written unless the version is that of the limits, or the number higher than the last. O(1): claims look again at the keys that are held back, some at each.
 */
export const setLimitsScript: Script = defineScript({
  name: 'set-limits',
  parts: ['meta', 'idle'],
  allowOom: true,
  lua: lua`
${readArguments(SET)}${arrangeParts(NOW, META, LIMITS_IN, SHARED, SAVE_PACE, TELL, WAKE)}
if sets and not (its and (override == '' or limitsIn(override))) then return redis.error_reply('MQARGS limits are not right') end
local defined, before, setBy, contested, stored = unpack(redis.call('HMGET', meta, 'defined', 'override', 'setBy', 'contested', 'ordered'))
local last = stored and #stored < 14 and string.find(stored, '^%d+$') and tonumber(stored) or 0
if holdFor then
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'shared', m[14] or '0 0 ${NO_LIMITS}')
  pace.held = math.max(now + holdFor, pace.held)
  savePace()
elseif sets and ((order and order > last) or (not order and its == version)) then
  redis.call('ZCARD', idle)
  version = math.max(version + 1, order or 0)
  last = order or version
  local text = override ~= '' and override or limitsIn(defined) and defined or '${NO_LIMITS}'
  setBy = string.format('%.0f ', order and at or now) .. by
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'setBy', setBy, 'ordered', string.format('%.0f', last), 'shared', string.format('%.0f', version) .. (hasKeys and ' 1 ' or ' 0 ') .. text)
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
return { version, defined or '', before or '', math.max(0, pace.held - now), setBy or '', seenAt > 0 and other ~= defined and other or '', math.max(0, now - seenAt), last }
`,
})

export function limitsArguments(change?: LimitsChange): (string | number)[] {
  const { version = '', override, by = '', order = '', at = '', holdForMs = '' } = change ?? {}
  const given = override === undefined ? '' : limitsText(override)
  return argumentsOf(SET, {
    sets: change !== undefined,
    its: version,
    override: given,
    by,
    order,
    at,
    holdFor: holdForMs === '' ? '' : Math.ceil(holdForMs),
  })
}

/** Who changed them when, other limits, for how long no worker had these, and the number of the change. */
type Said = [string, string, number, number]

/** What another program wrote there counts as missing. */
export function parseStoredLimits(reply: unknown): StoredLimits {
  const [version, definedText, overrideText, heldForMs, ...rest] = reply as [number, string, string, number, ...Said]
  const [setBy, other, agoMs, order] = rest
  const [, at, by] = /^(\d{1,16}) (.*)$/s.exec(setBy) ?? []
  const contested = other === '' ? undefined : parseDefined(other)
  const [defined, override] = [parseDefined(definedText), parseLimits(overrideText)]
  return {
    version,
    ...(order > 0 ? { order } : undefined),
    ...(defined ? { defined } : undefined),
    ...(override === undefined ? undefined : { override }),
    ...(heldForMs > 0 ? { heldForMs } : undefined),
    ...(at === undefined ? undefined : { changed: { at: Number(at), ...(by ? { by } : undefined) } }),
    ...(contested === undefined ? undefined : { contested: { limits: contested, agoMs } }),
  }
}
