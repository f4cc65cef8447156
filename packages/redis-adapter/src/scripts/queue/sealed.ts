/** Lua of a partition that is sealed: it takes only what belongs to something that it has. Pieces that stand among those of a batch. */
import { lua } from '../lua.ts'
import { LAYOUT } from '../parts/meta.ts'

/** Of so many delayed tasks it is seen which keys they have; where there are more, each key may have some. */
const MOST_DELAYED = 1_000

/** `isLive(id)`: whether a key has tasks that have not ended, or may have some that are delayed. */
const IS_LIVE: string = lua`  local delayedKeys
  local function isLive(id)
    if redis.call('ZLEXCOUNT', keyed, '[' .. id, '(' .. id .. ':') > 0 or stateOf(id).running > 0 then return true end
    if delayedKeys == nil then
      delayedKeys = {}
      local size = 0
      for level = 0, 9 do size = size + redis.call('ZCARD', KEYS[LATER + level]) end
      for level = 0, size > ${MOST_DELAYED} and -1 or 9 do
        local ns = redis.call('ZRANGE', KEYS[LATER + level], 0, ${MOST_DELAYED - 1})
        local itsPlaces = #ns > 0 and redis.call('HMGET', places, unpack(ns)) or {}
        for k = 1, #itsPlaces do
          local key = readPlace(itsPlaces[k])
          if key then delayedKeys[key] = true end
        end
      end
      if size > ${MOST_DELAYED} then delayedKeys = false end
    end
    return delayedKeys == false or delayedKeys[id] == true
  end
`

/** Of a batch that is stored as a whole, those that may be anywhere are where the others are. */
export function moveUnknown(takesPlaces: boolean): string {
  const isLive = 'keyOfTask[i] and isLive(keyOfTask[i][1])'
  return lua`if seals or m[16] then
${takesPlaces ? IS_LIVE : ''}  local isHere, named, here = {}, 0, 0
  for i = 1, count do
    isHere[i] = type(fate[i]) == 'string' or replaced[i]${takesPlaces ? ` or ${isLive}` : ''}
    if fate[i] or owned[i]${takesPlaces ? ' or keyOfTask[i]' : ''} then
      named = named + 1
      if type(fate[i]) == 'table' then isHere[i] = isHere[fate[i][1]] end
      if isHere[i] then here = here + 1 end
    end
  end
  local areAllHere = atomic and named > 0 and here == named
  for i = 1, count do
    if not isHere[i] and not areAllHere then
      fate[i] = 'm'
      refused = refused + 1
    end
  end
end
`
}

/** The first of the writes. An id of a task that ended is of the one that replaces it from now on, elsewhere. */
export const SEAL: string = lua`if seals and not m[16] then redis.call('HSET', meta, 'layout', ${LAYOUT}, 'sealed', 1) end
for i, id in pairs(takenOver) do
  if fate[i] == 'm' and not atomic then redis.call('HDEL', ids, id) end
end
`
