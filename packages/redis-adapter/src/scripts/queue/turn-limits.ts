/** Lua of a turn: the limits of the worker's definition, and what a turn says of limits at its end. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { NO_LIMITS } from '../parts/shared-limits.ts'
import { LAYOUT } from '../parts/meta.ts'

/**
 * `defined`: of the worker's definition, "off", or ''. The first turn of a lane sets it, a later one where there is none. What cannot be read is replaced by
 * what can: what was set, else what is defined. Gives `otherDefined`, which holds in place of the worker's, or ''.
 */
export const DEFINE_LIMITS: Part = definePart({
  name: 'DEFINE_LIMITS',
  needs: 'now defined seq isLast m meta limitsIn caps isUnreadable version hasKeys pace boundPace',
  gives: 'otherDefined',
  lua: lua`
local otherDefined = ''
if defined ~= '' or isUnreadable then
  local stored, override, contested = unpack(redis.call('HMGET', meta, 'defined', 'override', 'contested'))
  local isKnown = stored and (stored == 'off' or limitsIn(stored))
  local isNew = defined ~= '' and not isLast and stored ~= defined and (seq == 1 or not isKnown)
  if isNew then stored = defined elseif defined ~= '' and isKnown and stored ~= defined then otherDefined = stored end
  if otherDefined ~= '' and not isLast then
    -- For who looks: that two definitions disagree, and that workers of both are there.
    local at, text = string.match(contested or '', '^(%d+) (.*)$')
    if text ~= defined or now - (at and #at < 17 and tonumber(at) or 0) > 10000 then
      redis.call('HSET', meta, 'contested', string.format('%.0f ', now) .. defined)
    end
  end
  if isNew or isUnreadable then
    local text = limitsIn(override) and override or limitsIn(stored) and stored or '${NO_LIMITS}'
    version, caps = version + 1, limitsIn(text)
    redis.call('HSET', meta, 'layout', ${LAYOUT}, 'shared', string.format('%.0f', version) .. (hasKeys and ' 1 ' or ' 0 ') .. text)
    if isNew then redis.call('HSET', meta, 'defined', stored) end
    m[14] = text
    boundPace()
    pace.retry = '0'
  end
end
`,
})

/** Writes what changed of keys and limits. Gives `news` for the reply. */
export const FINISH_SHARED: string = lua`saveKeys()
saveRanks()
if not m[14] and pace.held > now then
  m[14] = '0 0 ${NO_LIMITS}'
  redis.call('HSET', meta, 'shared', m[14])
end
if m[14] then savePace() end
if m[14] and version == 0 and redis.call('EXISTS', places, busy, keyed, paced) == 0 and pace.held <= now then redis.call('HDEL', meta, 'shared', 'pace') end
local leasesLeft = caps.keyConcurrency and '0' or caps.concurrency and string.format('%.0f', math.max(0, caps.concurrency - redis.call('ZCARD', leases))) or ''
local news = (heldBack and 'h' or '') .. (isUnreadable and 'u' or '') .. '|' .. leasesLeft .. '|' .. otherDefined
`

/**
 * Whether another worker has to be woken, `isMore`: there is something to claim; or nobody may know when there will be, since this one, which got all that it
 * wanted, is not told.
 */
export const WAKE_SHARED: string = lua`  local isMore = not m[6] and (setAside or handedOver)
  if not m[6] and not isMore then
    local at = claimableAt()
    isMore = at ~= nil and at <= now
    if not isMore and #taken >= want then
      isMore = at ~= nil and (want > 0 or count == 0 or not claimableBefore or at < claimableBefore)
      for i = 1, requeued and count or 0 do isMore = isMore or string.find(ARGV[ACT + i], '^[Rr][1-9]') ~= nil end
    end
  end
`
