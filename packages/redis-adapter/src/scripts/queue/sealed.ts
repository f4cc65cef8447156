/** Lua of a partition that is sealed: it takes only what belongs to something that it has. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { LAYOUT } from '../parts/meta.ts'

/** Of so many delayed tasks it is seen which keys they have; where there are more, each key may have some. */
const MOST_DELAYED = 1_000
/** The same, once it was seen: a key that has moved does not come home because others have more delayed tasks now. */
const MOST_DELAYED_AGAIN = 10_000

/**
 * `isLive(id)`: whether a key has its home here: tasks of it have not ended, or some may be delayed, or its rate or a hold of it is not over. Once
 * it has not, never again. `home.strayed[id]`: this has to be noted, since tasks of it are here nevertheless; `home.looked`: all that are
 * delayed were looked through for the first time.
 */
export const IS_LIVE: Part = definePart({
  name: 'IS_LIVE',
  needs: 'home meta endOf now keyed places readPlace stateOf LATER',
  gives: 'isLive',
  lua: lua`
local delayedKeys
-- True or false: of any key.
local function keysOfDelayed()
  local size, found = 0, {}
  for level = 0, 9 do size = size + redis.call('ZCARD', KEYS[LATER + level]) end
  local hasLooked = redis.call('HEXISTS', meta, 'looked') == 1
  if size > ${MOST_DELAYED} and not hasLooked then return true end
  if size > ${MOST_DELAYED_AGAIN} then return false end
  home.looked = not hasLooked
  for level = 0, 9 do
    local ns = redis.call('ZRANGE', KEYS[LATER + level], 0, ${MOST_DELAYED_AGAIN - 1})
    for first = 1, #ns, 1000 do
      local itsPlaces = redis.call('HMGET', places, unpack(ns, first, math.min(first + 999, #ns)))
      for k = 1, #itsPlaces do
        local key = readPlace(itsPlaces[k])
        if key then found[key] = true end
      end
    end
  end
  return found
end
local function isLive(id)
  if home.strayed[id] or redis.call('HEXISTS', meta, 'away:' .. id) == 1 then return false end
  local state = stateOf(id)
  if state.running > 0 or endOf(state) > now or redis.call('ZLEXCOUNT', keyed, '[' .. id, '(' .. id .. ':') > 0 then return true end
  if delayedKeys == nil then delayedKeys = keysOfDelayed() end
  if type(delayedKeys) == 'table' then return delayedKeys[id] == true end
  -- It may have moved before, and leaves what may be delayed.
  if not delayedKeys then home.strayed[id] = true end
  return delayedKeys
end
`,
})

/** Of a batch that is stored as a whole, those that may be anywhere are where the others are. */
export function moveUnknown(takesPlaces: boolean): string {
  return lua`if seals or m[16] then
  home = { strayed = {} }
${takesPlaces ? IS_LIVE.lua : ''}  local isHere, named, here = {}, 0, 0
  for i = 1, count do
    isHere[i] = type(fate[i]) == 'string' or replaced[i]
${
  takesPlaces
    ? `    local id = keyOfTask[i] and keyOfTask[i][1]
    if id and isLive(id) then
      isHere[i] = true
    elseif id and replaced[i] then
      -- It takes the place of another one, and its key has no home here.
      home.strayed[id] = true
    end
`
    : ''
}    if fate[i] or owned[i]${takesPlaces ? ' or keyOfTask[i]' : ''} then
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

/** What `isLive` found is noted, so that it stays so. */
export const NOTE_HOME: Part = definePart({
  name: 'NOTE_HOME',
  needs: 'home meta',
  gives: '',
  lua: lua`if home.looked then redis.call('HSET', meta, 'looked', 1) end
for id in pairs(home.strayed) do redis.call('HSET', meta, 'away:' .. id, 1) end
`,
})

/**
 * The first of the writes. An id of a task that ended is of the one that replaces it from now on, elsewhere: of a batch that is stored as
 * a whole, where all of it is.
 */
export const SEAL: string = lua`if home then
  if not m[16] then redis.call('HSET', meta, 'layout', ${LAYOUT}, 'sealed', string.format('%.0f', now)) end
  ${NOTE_HOME}
  local isElsewhere = true
  for i = 1, atomic and count or 0 do isElsewhere = isElsewhere and fate[i] == 'm' end
  for i, id in pairs(takenOver) do
    if fate[i] == 'm' and isElsewhere then redis.call('HDEL', ids, id) end
  end
end
`
