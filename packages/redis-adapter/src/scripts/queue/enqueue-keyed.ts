/** Lua of a batch where there may be keys or limits, in pieces that stand among those of others. */
import { lua } from '../lua.ts'
import { USEFUL } from '../parts/claimable.ts'
import { NOTE_KEYS } from '../parts/shared-limits.ts'

export const READ_KEY: string = lua`  local weight, bound, key = string.match(how, 'k(%d+)c?(%d*)|(.*)$')
  if key then
    keyOfTask[i] = { key, tonumber(weight), tonumber(bound) }
    isBounded = isBounded or bound ~= ''
  end
`

/** Those that are delayed stand in two places: when they are due, and whose they are. */
export const STAND_IN_KEY: string = lua`local its = keyOfTask[i]
        if its then
          local place = placeIn(its[1], level, '1', number, number, its[2])
          newPlaces[#newPlaces + 1] = number
          newPlaces[#newPlaces + 1] = place
          if not delays[i] then
            standing[#standing + 1] = 0
            standing[#standing + 1] = place
            doubted[its[1]] = true
          end
        end
        if not its or delays[i] then
        `

export const WRITE_KEYS: string = lua`  if #newPlaces > 0 then
    redis.call('HSET', places, unpack(newPlaces))
    if #standing > 0 then redis.call('ZADD', keyed, unpack(standing)) end
    if not hasKeys then
      hasKeys = true
      ${NOTE_KEYS}
    end
  end
  isServable = saveKeys()
`

/** When one could be claimed before. */
export const CLAIMABLE_BEFORE: string = lua`local claimableBefore = m[14] and claimableAt()
`

/** Of those that wait now, \`comes\`: whether a worker that sleeps has to know it. A paused queue wakes one when it is resumed. */
export const AWAKE: string = lua`  if m[6] then
    comes, isDueSooner = false, false
  elseif comes and m[14] then
    ${USEFUL}
    comes = isUseful
  end
`
export const AWAKE_SHARED: string = lua`  if m[6] then
    comes, isDueSooner = false, false
  elseif hasKeys or m[14] then
    comes = isSooner(claimableBefore, comes or isServable)
  end
`
