/** Lua of a bound on the tasks of a key that wait. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/**
 * `hasKeyRoom(i, before)`: whether the key of a task has room for it, which is taken then. `before`: of the batch, the one whose id it takes. What it replaces gives it
 * its place where that is of the same key.
 */
export const HAS_KEY_ROOM: Part = definePart({
  name: 'HAS_KEY_ROOM',
  needs: 'keyOfTask keyed places readPlace replaced fate delays',
  gives: 'hasKeyRoom',
  lua: lua`  local roomOf = {}
  local function hasKeyRoom(i, before)
    local its = keyOfTask[i]
    if not its or not its[3] then return true end
    local id = its[1]
    if before and not fate[before] and not delays[before] and keyOfTask[before] and keyOfTask[before][1] == id then return true end
    local place = replaced[i] and replaced[i].waits and redis.call('HGET', places, replaced[i].n)
    if place and readPlace(place) == id and redis.call('ZSCORE', keyed, place) then return true end
    roomOf[id] = roomOf[id] or its[3] - redis.call('ZLEXCOUNT', keyed, '[' .. id, '(' .. id .. ':')
    if roomOf[id] < 1 then return false end
    roomOf[id] = roomOf[id] - 1
    return true
  end
`,
})

/** `oldestOf(id, most)`: places of tasks of a key that wait: the oldest of its lowest level. */
export const OLDEST_OF: Part = definePart({
  name: 'OLDEST_OF',
  needs: 'keyed',
  gives: 'oldestOf',
  lua: lua`
local function oldestOf(id, most)
  local last = redis.call('ZRANGE', keyed, '(' .. id .. ':', '[' .. id, 'BYLEX', 'REV', 'LIMIT', 0, 1)[1]
  if not last then return {} end
  local level = string.sub(last, 1, #id + 1)
  return redis.call('ZRANGE', keyed, '[' .. level, '(' .. level .. ':', 'BYLEX', 'LIMIT', 0, most)
end
`,
})
