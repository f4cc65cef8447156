/** Lua of the places of tasks with a key. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { MOST_ASIDE } from './lines.ts'

/** `readPlace(place)`: key, level, class, number and weight of a task that has a key, or nil where it is no place of ours. */
const READ_PLACE: Part = definePart({
  name: 'READ_PLACE',
  needs: '',
  gives: 'readPlace',
  lua: lua`
local function readPlace(place)
  local digits = string.match(place or '', '^(%d+):')
  local at = digits and #digits < 6 and #digits + 1 + tonumber(digits)
  if not at then return nil end
  local level, class, rank, n, weight = string.match(place, '^(%d)([01])0*(%d+):?(%d*)w?(%d*)$', at + 1)
  if not level then return nil end
  return string.sub(place, 1, at), 9 - level, class, n ~= '' and n or rank, tonumber(weight) or 1
end
`,
})

/**
 * Places of tasks. `readPlace` as there; `placeIn(…)` writes one; `standIn(n, place)`: the
 * task waits there. `freed(id)`: one of the key does not run any more.
 */
export const KEY_PLACES: Part = definePart({
  name: 'KEY_PLACES',
  needs: 'places keyed stateOf isFull now changed doubted',
  gives: 'readPlace placeIn standIn freed giveBack dropPlace',
  lua: lua`${READ_PLACE}local function placeIn(id, level, class, rank, n, weight)
  return id .. (9 - level) .. class .. string.rep('0', 16 - #rank) .. rank .. (n ~= rank and ':' .. n or '') .. (weight ~= 1 and 'w' .. weight or '')
end
local function standIn(n, place)
  redis.call('HSET', places, n, place)
  redis.call('ZADD', keyed, 0, place)
end
local function freed(id)
  local state = stateOf(id)
  local wasFull = isFull(state)
  state.running = math.max(0, state.running - 1)
  changed[id] = true
  if wasFull or (state.running == 0 and math.max(state.full, state.held, state.retried) > now) then doubted[id] = true end
end
-- Somebody deleted the record of one that runs.
local function dropPlace(n, place)
  if not place then return end
  redis.call('HDEL', places, n)
  local id = readPlace(place)
  if not id then return end
  freed(id)
  doubted[id] = true
end
-- To the head of its level, in the order of the numbers.
local function giveBack(n, id, level, weight)
  standIn(n, placeIn(id, level, '0', n, n, weight))
  doubted[id] = true
end
`,
})

/** `newRank()`: behind all that wait, from the numbers of tasks, so that none is given twice. `saveRanks()`, at the end. */
export const RANKS: Part = definePart({
  name: 'RANKS',
  needs: 'm time meta',
  gives: 'newRank saveRanks',
  lua: lua`
local newestRank
local function newRank()
  newestRank = (newestRank or math.max(tonumber(m[2]) or 0, time[1] * 1000000 + time[2])) + 1
  return string.format('%.0f', newestRank)
end
local function saveRanks()
  if newestRank then redis.call('HSET', meta, 'n', string.format('%.0f', newestRank)) end
end
`,
})

/** `numberIn(place)`: the number of the task that waits there, or nil. */
export const NUMBER_IN: Part = definePart({
  name: 'NUMBER_IN',
  needs: '',
  gives: 'numberIn',
  lua: lua`${READ_PLACE}local function numberIn(place)
  local _, _, _, n = readPlace(place)
  return n
end
`,
})

/**
 * `leaveKey(n, how)`: a task with a key ends, or takes another place: it was "running", "delayed" or "waiting". Answers its key, level, weight and class, or nil
 * where it has no key.
 */
export const LEAVE_KEY: Part = definePart({
  name: 'LEAVE_KEY',
  needs: 'places keyed suspects readPlace freed unhold doubted',
  gives: 'leaveKey',
  lua: lua`
local function leaveKey(n, how)
  local place = redis.call('HGET', places, n)
  if not place then return nil end
  redis.call('HDEL', places, n)
  local id, level, class, _, weight = readPlace(place)
  if not id then return nil end
  if how == 'running' then
    freed(id)
  elseif how == 'delayed' then
    unhold(id, n)
  else
    -- Or it is set aside, and counts for its key.
    if redis.call('ZREM', keyed, place) == 0 then
      local key = suspects
      if redis.call('LPOS', key, n, 'MAXLEN', ${MOST_ASIDE}) then redis.call('LREM', key, 1, n) end
      freed(id)
    end
    doubted[id] = true
  end
  return id, level, weight, class
end
`,
})

/**
 * `firstKeyed(most)`: numbers of tasks that wait with a key, in the order in which they are stored; `standingIn(some)`: of these places. '' in place of what another
 * program wrote, or whose record is gone, which leaves.
 */
export const FIRST_KEYED: Part = definePart({
  name: 'FIRST_KEYED',
  needs: 'places keyed tasks readPlace doubted',
  gives: 'firstKeyed standingIn',
  lua: lua`
local function standingIn(ns)
  for i = 1, #ns do
    local stands = ns[i]
    local id, _, _, n = readPlace(stands)
    local place = n and redis.call('HGET', places, n)
    local isTask = n and redis.call('HEXISTS', tasks, n) == 1
    ns[i] = isTask and (place == stands or not place) and n or ''
    if ns[i] == '' or not place then
      redis.call('ZREM', keyed, stands)
      if place == stands then redis.call('HDEL', places, n) end
      if id then doubted[id] = true end
    end
  end
  return ns
end
local function firstKeyed(most) return standingIn(redis.call('ZRANGE', keyed, 0, most - 1)) end
`,
})

/** `keyOf(record)`: the key of a record's header, as it is stored, and the weight; nil where it has none. */
export const KEY_OF: Part = definePart({
  name: 'KEY_OF',
  needs: '',
  gives: 'keyOf',
  lua: lua`
local function keyOf(record)
  local header = string.match(string.sub(record, 15), '^([^\\n]+)\\n')
  if not header or not string.find(header, '"key"', 1, true) then return nil end
  local readable, parsed = pcall(cjson.decode, header)
  local key = readable and type(parsed) == 'table' and parsed.key
  if type(key) ~= 'string' or key == '' or #key > 1024 then return nil end
  local weight = parsed.weight
  local isWeight = type(weight) == 'number' and weight >= 1 and weight <= 1000 and weight % 1 == 0
  return #key .. ':' .. key, isWeight and weight or 1
end
`,
})
