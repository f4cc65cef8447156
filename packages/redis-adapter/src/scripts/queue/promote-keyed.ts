/** Lua of a claim where tasks have keys, or limits hold: what is due, and how many may be served. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** So many of a level that are due at once are in their order among all others. */
const MOST_PROMOTED = 500
/** What is due takes its place: as many of each level as could be claimed, since all of these may be of one key, and some more. */
export const PROMOTE_KEYED: Part = definePart({
  name: 'PROMOTE_KEYED',
  needs: 'levels hasDelayed LATER READY now want places readPlace unhold doubted standIn placeIn newRank',
  gives: '',
  lua: lua`
  for at = 1, #levels do
    local level = string.byte(levels, at) - 48
    local due = hasDelayed[level] and redis.call('ZRANGEBYSCORE', KEYS[LATER + level], '-inf', now, 'LIMIT', 0, math.max(want + 1, ${MOST_PROMOTED})) or {}
    hasDelayed[level] = false
    if #due > 0 then
      local itsPlaces, plain = redis.call('HMGET', places, unpack(due)), {}
      for i = 1, #due do
        local id, _, class, _, weight = readPlace(itsPlaces[i])
        if id then
          unhold(id, due[i])
          doubted[id] = true
          standIn(due[i], placeIn(id, level, class, class == '0' and due[i] or newRank(), due[i], weight))
        else
          plain[#plain + 1] = due[i]
        end
      end
      if #plain > 0 then redis.call('RPUSH', KEYS[READY + level], unpack(plain)) end
      redis.call('ZREM', KEYS[LATER + level], unpack(due))
    end
  end
`,
})

/** \`most\`: how many the limits of the whole queue let through now. */
export const MOST: Part = definePart({
  name: 'MOST',
  needs: 'isFree caps leases pace now want',
  gives: 'most',
  lua: lua`
  local most = isFree() and want or 0
  if caps.concurrency then most = math.min(most, caps.concurrency - redis.call('ZCARD', leases)) end
  if caps.rate and most > 0 then
    -- A sum with the time would be exact to a quarter of a microsecond only.
    most = math.min(most, math.floor((caps.rate.slack - math.max(pace.full - now, 0)) / caps.rate.each + 1e-6) + 1)
  end
  most = math.max(0, most)
`,
})
