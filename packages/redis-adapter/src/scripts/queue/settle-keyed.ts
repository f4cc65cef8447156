/** Lua of settlements of tasks with a key, in pieces that stand among those of others. */
import { lua } from '../lua.ts'

/** "F", and with a hold its ms, "q" or "k". What is later becomes of the task stands in its place: 0 where it comes back to the head. */
export const BACK_TO_KEY: string = lua`        local id, _, _, _, weight = readPlace(itsPlaces[i])
        local holdFor, scope = string.match(act, '^F(%d+)([qk])$')
        if holdFor and scope == 'k' and id then
          stateOf(id).held = math.max(stateOf(id).held, now + holdFor)
          doubted[id] = true
        elseif holdFor then
          pace.held = math.max(pace.held, now + holdFor)
        end
        if id then
          freed(id)
          local delay = tonumber(string.match(act, '^[Rr](%d+)') or 0)
          if kind == RELEASE or (caps.holds and delay == 0) then
            giveBack(n, id, level, weight)
          elseif delay == 0 then
            standIn(n, placeIn(id, level, '1', newRank(), n, weight))
          else
            redis.call('HSET', places, n, placeIn(id, level, caps.holds and '0' or '1', n, n, weight))
            if caps.holds then hold(id, n, now + delay) end
          end
          doubted[id] = true
        end
`

/** Their keys have one less that runs. */
export const LEAVE_KEYS: string = lua`    local itsPlaces = redis.call('HMGET', places, unpack(over))
    local left, whose = {}, {}
    for i = 1, #over do
      whose[#whose + 1] = readPlace(itsPlaces[i])
      if itsPlaces[i] then left[#left + 1] = over[i] end
    end
    readStates(whose)
    for i = 1, #whose do freed(whose[i]) end
    if #left > 0 then redis.call('HDEL', places, unpack(left)) end
`
