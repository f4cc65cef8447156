/** Lua about the lines of those that wait: how a number leaves one, and what stays where it cannot be found at once. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** A number is looked for so far from both ends of its list. */
const MOST_SEARCHED = 1_000

/** `takeFrom(key, n)` removes the number where it is near an end of the list, and answers whether it was. `isLong(key)`: it may be in the middle. */
const TAKE_FROM: Part = definePart({
  name: 'TAKE_FROM',
  needs: '',
  gives: 'takeFrom isLong',
  lua: lua`
local function takeFrom(key, n)
  if redis.call('LPOS', key, n, 'MAXLEN', ${MOST_SEARCHED}) then return redis.call('LREM', key, 1, n) > 0 end
  return redis.call('LPOS', key, n, 'RANK', -1, 'MAXLEN', ${MOST_SEARCHED}) and redis.call('LREM', key, -1, n) > 0
end
local function isLong(key) return redis.call('LLEN', key) > ${2 * MOST_SEARCHED} end
`,
})

/**
 * `takeOut(level, n)` removes the number of a task that waits and ends from its list, or from the suspects, where it is
 * near an end. In the middle of a long list it stays, and is counted in `meta.left`: a claim skips it.
 */
export const TAKE_OUT: Part = definePart({
  name: 'TAKE_OUT',
  needs: 'READY suspects meta amount',
  gives: 'takeOut',
  lua: lua`${TAKE_FROM}local function takeOut(level, n)
  local ready = KEYS[READY + level]
  if takeFrom(ready, n) or takeFrom(suspects, n) then return end
  if not isLong(ready) and not isLong(suspects) then return end
  redis.call('HSET', meta, 'left', string.format('%.0f', amount(redis.call('HGET', meta, 'left')) + 1))
end
`,
})

/**
 * `moveOut(level, n)`: the same for a task that lives on in another place. What stays in the middle of a long list would be taken
 * for it, so it is marked: a level's list holds as many entries of a number as its mark says, and one more while the task waits there.
 * Which of them the task is makes no difference.
 */
export const MOVE_OUT: Part = definePart({
  name: 'MOVE_OUT',
  needs: 'READY moved meta whole',
  gives: 'moveOut',
  lua: lua`${TAKE_FROM}local function moveOut(level, n)
  local ready, mark = KEYS[READY + level], level .. '|' .. n
  if takeFrom(ready, n) or not isLong(ready) then return end
  redis.call('HSET', moved, mark, whole(redis.call('HGET', moved, mark)) + 1)
  redis.call('HSET', meta, 'moved', 1)
end
`,
})

/** Suspects are few, but one that is set aside may be anywhere among them. */
export const MOST_ASIDE = 20_000

/** `standsIn(key, n)`, `leaveList(key, n)`: of a short list, all of which is searched. */
export const STANDS_IN: Part = definePart({
  name: 'STANDS_IN',
  needs: '',
  gives: 'standsIn leaveList',
  lua: lua`
local function standsIn(key, n) return redis.call('LPOS', key, n, 'MAXLEN', ${MOST_ASIDE}) ~= false end
local function leaveList(key, n) redis.call('LREM', key, 1, n) end
`,
})

/** `passBy(level, ns)`, where `m[11]`: the numbers that came out of a level's list, without those that are marked, whose marks go with them. */
export const PASS_BY: Part = definePart({
  name: 'PASS_BY',
  needs: 'moved meta whole',
  gives: 'passBy',
  lua: lua`
local function passBy(level, ns)
  local marks, kept, left = {}, {}, {}
  for i = 1, #ns do marks[i] = level .. '|' .. ns[i] end
  local counts = redis.call('HMGET', moved, unpack(marks))
  for i = 1, #ns do
    local count = left[marks[i]] or whole(counts[i])
    if count > 0 then
      left[marks[i]] = count - 1
    else
      kept[#kept + 1] = ns[i]
    end
  end
  for mark, count in pairs(left) do
    if count > 0 then redis.call('HSET', moved, mark, count) else redis.call('HDEL', moved, mark) end
  end
  if #kept < #ns and redis.call('EXISTS', moved) == 0 then redis.call('HDEL', meta, 'moved') end
  return kept
end
`,
})
