/** Lua that decides whether a worker that sleeps has to know of something, where tasks have keys or limits hold. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { FULL } from './keys.ts'
import { LIMITS_IN, QUEUE_FREE, SHARED } from './shared-limits.ts'

/**
 * `claimableAt()`: when one that waits may be claimed: \`now\`, or a time to come; nil where none waits, or none may be before a task ends. `isSooner(before,
 * isMore)`: whether that is sooner than it was, so that nobody who sleeps knows it; or, where `isMore`, whether it is now.
 */
export const CLAIMABLE: Part = definePart({
  name: 'CLAIMABLE',
  needs: 'm isFree pace READY ring paced now',
  gives: 'claimableAt isSooner',
  lua: lua`
local function claimableAt()
  if m[6] then return nil end
  local _, at = isFree()
  if not at then return nil end
  at = math.max(at, now)
  if pace.retry ~= '' or redis.call('ZCARD', ring) > 0 then return at end
  for place = 1, #m[3] do
    local level = string.byte(m[3], place) - 48
    if redis.call('LLEN', KEYS[READY + level]) > 0 then return at end
  end
  local next = tonumber(redis.call('ZRANGE', paced, 0, 0, 'WITHSCORES')[2] or nil)
  if not next or next >= ${FULL} then return nil end
  return math.max(at, next)
end
local function isSooner(before, isMore)
  local at = claimableAt()
  return at ~= nil and (not before or at < before or (isMore and at <= now))
end
`,
})

/** Of a script that knows nothing of keys: whether tasks without one wait before it adds some. */
export const WAITED: Part = definePart({
  name: 'WAITED',
  needs: 'm levels READY',
  gives: 'waited',
  lua: lua`
local waited = false
for place = 1, m[14] and #levels or 0 do
  local level = string.byte(levels, place) - 48
  waited = waited or redis.call('LLEN', KEYS[READY + level]) > 0
end
`,
})

/**
 * `isUseful`: whether somebody who sleeps can claim what such a script added. Where limits keep all waiting until a time, one worker has to know that time: it
 * was told when the first came. Where a task has to end before, its end says so.
 */
export const USEFUL: Part = definePart({
  name: 'USEFUL',
  needs: 'm waited meta now leases',
  gives: 'isUseful',
  lua: lua`
local isUseful = true
if m[14] then
  ${LIMITS_IN}${SHARED}${QUEUE_FREE}
  local isNow, at = isFree()
  isUseful = isNow or (at ~= nil and not waited)
end
`,
})
