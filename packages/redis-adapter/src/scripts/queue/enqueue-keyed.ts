/** Lua of a batch with tasks that have a key, in pieces that stand among those of others. */
import { lua } from '../lua.ts'
import { NOTE_KEYS } from '../parts/shared-limits.ts'

export const READ_KEY: string = lua`  local weight, key = string.match(how, 'k(%d+)|(.*)$')
  if key then keyOfTask[i] = { key, tonumber(weight) } end
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
    if #standing > 0 then
      redis.call('ZADD', keyed, unpack(standing))
      awake = true
    end
    if not hasKeys then
      hasKeys = true
      ${NOTE_KEYS}
    end
  end
  saveKeys()
`
