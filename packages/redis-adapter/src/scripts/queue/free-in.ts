/** Lua of a claim: until when limits keep what waits from being claimed. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { SLEEP } from '../parts/hints.ts'
import { FULL } from '../parts/keys.ts'

/**
 * `freeIn`: until a limit lets one through that waits, or the rate of the queue some, ms, or -1; where it keeps tasks from this turn, `heldBack`, and
 * who asked for hints of work sleeps.
 */
const FREE_IN: Part = definePart({
  name: 'FREE_IN',
  needs: 'isFree now pace caps levels READY ring paced keyed count wanted cut heldBack',
  gives: 'freeIn',
  lua: lua`
    local freeIn, isNow, at = -1, isFree()
    local waitsNow = redis.call('ZCARD', ring) > 0
    for place = 1, #levels do
      local level = string.byte(levels, place) - 48
      waitsNow = waitsNow or redis.call('LLEN', KEYS[READY + level]) > 0
    end
    local pacedAt = not waitsNow and tonumber(redis.call('ZRANGE', paced, 0, 0, 'WITHSCORES')[2] or nil)
    if pacedAt and pacedAt >= ${FULL} then pacedAt = nil end
    if at and (waitsNow or pacedAt) then
      local isRate = caps.rate and at > now and at > pace.held and at >= (pacedAt or 0)
      freeIn = math.max(0, math.ceil(math.max(at, pacedAt or 0) + (isRate and caps.rate.gather or 0) - now))
    end
    heldBack = count < wanted and not cut and not (isNow and waitsNow) and (waitsNow or redis.call('ZCARD', keyed) > 0)
    -- There is something to claim: nobody has to wait.
    if isNow and waitsNow then freeIn = -1 end
    if pace.retry ~= '' then freeIn = 0 end
`,
})

/** When what is delayed is due next, in ms, or -1. */
export const NEXT_DUE: string = lua`  local nextDue = -1
  for at = 1, #levels do
    local level = string.byte(levels, at) - 48
    local due = redis.call('ZRANGE', KEYS[LATER + level], 0, 0, 'WITHSCORES')[2]
    if due and (nextDue < 0 or due - now < nextDue) then nextDue = math.max(0, due - now) end
  end
`

export const NOTE_TAKEN: string = lua`    if caps.rate then pace.full = math.max(pace.full, now) + #taken * caps.rate.each end
    ${FREE_IN}
  ${NEXT_DUE}
    if freeIn >= 0 and (nextDue < 0 or freeIn < nextDue) then nextDue = freeIn end
    nextDue = heldBack and watch(nextDue) or -1
    if heldBack and sleeper and not again then
      ${SLEEP}
      sleep(sleeper, sleeperAt)
    elseif sleeper and idleCount > 0 then
      redis.call('ZREM', idle, sleeper)
    end
`

export const NEXT_FREE: string = lua`  ${FREE_IN}
  if freeIn >= 0 and (nextDue < 0 or freeIn < nextDue) then nextDue = freeIn end
`
