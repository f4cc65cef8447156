/** Lua of the script that lists tasks: what its states share. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** A number that was so near the end from which pages come is looked for from there on … */
const NEAR_END = 5_000
/**
 * … and so far beyond where it was; further in, on either side of that, and of where its size says that it should be.
 */
const WINDOW = 500
/** Numbers that were listed one after the other are no further apart, but for a few entries of another program. */
const COMPANY = 10

/**
 * `add(ns, extras, isAll)`: those that have a record come onto the page. Answers how many of `ns` were looked at:
 * fewer where they are large, unless all have to be.
 */
export const ADD: Part = definePart({
  name: 'ADD',
  needs: 'm fitting tasks failures crashes whole maxBytes hasPayloads',
  gives: 'page listed add',
  lua: lua`
local page, listed, bytes = {}, 0, 0
local hasFailures, hasCrashes = redis.call('HLEN', failures) > 0, redis.call('HLEN', crashes) > 0
local function add(ns, extras, isAll)
  local fit = not isAll and m[7] and fitting(ns, maxBytes - bytes, listed > 0) or #ns
  if fit == 0 then return 0 end
  local found = redis.call('HMGET', tasks, unpack(ns, 1, fit))
  local failed = hasFailures and redis.call('HMGET', failures, unpack(ns, 1, fit)) or {}
  local crashed = hasCrashes and redis.call('HMGET', crashes, unpack(ns, 1, fit)) or {}
  for i = 1, fit do
    local record = found[i]
    if record and string.find(ns[i], '^%d+$') then
      bytes = bytes + #record
      listed = listed + 1
      page[#page + 1] = ns[i]
      page[#page + 1] = hasPayloads and record or string.sub(record, 1, string.find(record, '\\n', 15, true) or 0)
      page[#page + 1] = #record
      page[#page + 1] = whole(failed[i])
      page[#page + 1] = whole(crashed[i])
      page[#page + 1] = extras and extras[i] or ''
    end
  end
  return fit
end
`,
})

/**
 * `find(key, index, anchors, isFromTail)`: where one of the numbers stands by now that were listed last, counted from
 * the end from which pages come, and which of them it is. The first of them, the last that was listed, was at
 * `index`. Nil where none is found.
 */
export const FIND: Part = definePart({
  name: 'FIND',
  needs: '',
  gives: 'find',
  lua: lua`
local function find(key, index, anchors, isFromTail)
  local length = redis.call('LLEN', key)
  local function at(i)
    if isFromTail then i = -1 - i end
    return redis.call('LRANGE', key, i, i)[1]
  end
  -- One alone may have been moved to the tail: another one has to be near it.
  local function hasCompany(i, k)
    if #anchors < 2 then return true end
    local first, last = math.max(0, i - ${COMPANY}), i
    for _, n in ipairs(redis.call('LRANGE', key, isFromTail and -1 - last or first, isFromTail and -1 - first or last)) do
      for other = k + 1, #anchors do
        if n == anchors[other] then return true end
      end
    end
    return false
  end
  if anchors[1] and at(index) == anchors[1] and hasCompany(index, 1) then return index, 1 end
  if index < ${NEAR_END} then
    for k = 1, #anchors do
      local n = anchors[k]
      local i = redis.call('LPOS', key, n, 'RANK', isFromTail and -1 or 1, 'MAXLEN', index + ${WINDOW})
      i = i and (isFromTail and length - 1 - i or i)
      if i and hasCompany(i, k) then return i, k end
    end
    return nil
  end
  if #anchors == 0 then return nil end
  local function near(middle)
    local first = math.max(0, middle - ${WINDOW})
    local last = math.min(length - 1, middle + ${WINDOW})
    local line = redis.call('LRANGE', key, isFromTail and -1 - last or first, isFromTail and -1 - first or last)
    for k = 1, #anchors do
      for i = 1, #line do
        local place = isFromTail and last + 1 - i or first + i - 1
        if line[i] == anchors[k] and hasCompany(place, k) then return place, k end
      end
    end
  end
  local i, k = near(index)
  if i then return i, k end
  -- Most numbers of a line rise.
  local low, high, wanted = 0, length - 1, tonumber(anchors[1])
  while low < high do
    local middle = math.floor((low + high) / 2)
    local n = tonumber(at(middle) or '') or tonumber(at(middle + 1) or '') or wanted
    if (isFromTail and n > wanted) or (not isFromTail and n < wanted) then low = middle + 1 else high = middle end
  end
  return near(low)
end
`,
})
