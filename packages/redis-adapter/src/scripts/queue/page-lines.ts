/** Lua that lists what is in lines: waiting tasks, and the outcomes that are kept. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { lengthOf, readArguments } from '../arguments.ts'
import { ANCHOR, AT, IN_KEYS, IN_LINE, IN_ORDER } from './page-arguments.ts'

/** A cursor has this many of the numbers that were listed last: one may be gone while the others are there. */
const ANCHORS = 4
/** Numbers of cancelled tasks that one call passes over. */
const MOST_PASSED = 5_000

/**
 * Level by level, then the suspects: whom a claim sets aside meanwhile is there when they are reached. A line loses
 * tasks at its head, and near its ends, and gets new ones at its tail, or at its head those that were given back; so
 * the numbers that were listed last are looked for. One that was claimed since (`runs` says so) may stand at the tail
 * again, and is none. Where none is left, most of what was before them is gone too: the line is begun anew. `left`:
 * how many of those there were, so that it ends while tasks are added.
 */
export const WAITING: Part = definePart({
  name: 'WAITING',
  needs: 'm READY LATER suspects moved leases tasks levelOf runs whole limit listed add find page following',
  gives: '',
  lua: lua`
do
  ${readArguments(IN_LINE, AT)}
  if line == 'k' then index, left = nil, nil end
  if not (line == '' or string.find(line, '^[%dsk]$')) or (index and not left) then return redis.error_reply('MQARGS a page is not right') end
  local known, ANCHORS = {}, ${AT + lengthOf(IN_LINE)} -- ARGV[ANCHORS], then every second
  for at = ANCHORS, #ARGV, ${lengthOf(ANCHOR)} do
    ${readArguments(ANCHOR, 'at')}
    if whole(redis.call('HGET', runs, n)) == tonumber(run) then known[#known + 1] = n end
  end
  -- A task that was moved may have left its number in the middle of a long list.
  local function dropMoved(ns, place)
    local names = {}
    for i = 1, #ns do names[i] = place .. '|' .. ns[i] end
    local marks = redis.call('HMGET', moved, unpack(names))
    for i = 1, #ns do
      local record = marks[i] and redis.call('HGET', tasks, ns[i])
      if record then
        local isHere = tostring(levelOf(record)) == place and not redis.call('ZSCORE', KEYS[LATER + levelOf(record)], ns[i])
          and not redis.call('ZSCORE', leases, ns[i] .. '#' .. whole(redis.call('HGET', runs, ns[i])))
        if not isHere then ns[i] = '' end
      end
    end
  end
  local passed, isCut, places = 0, false, line == 'k' and '' or m[3] .. 's'
  for at = 1, #places do
    local place = string.sub(places, at, at)
    local level = tonumber(place)
    if line == '' or place == line or not level or (tonumber(line) and level < tonumber(line)) then
      local key, before, rest = level and KEYS[READY + level] or suspects, -1, nil
      rest = redis.call('LLEN', key)
      if place == line and index then
        local found, which = math.min(index, rest - 1), 1
        -- Nothing but entries of another program was looked at: they are gone when a claim comes to them.
        if #ARGV >= ANCHORS then found, which = find(key, index, known, false) end
        -- From an older one on, some more are left.
        if found then before, rest = found, math.min(rest - found - 1, which == 1 and left or left + 1000) end
      end
      local last, isBegun = {}, before >= 0
      if isBegun then
        for i = #known, 1, -1 do last[#last + 1] = known[i] end
      end
      while rest > 0 do
        if listed >= limit or passed >= ${MOST_PASSED} or isCut then
          following = place
          if isBegun then
            following = place .. ':' .. before .. ':' .. rest
            for i = #last, math.max(1, #last - ${ANCHORS - 1}), -1 do
              following = following .. ':' .. last[i] .. ':' .. whole(redis.call('HGET', runs, last[i]))
            end
          end
          return { following, page }
        end
        local ns = redis.call('LRANGE', key, before + 1, before + math.min(limit - listed, rest))
        if #ns == 0 then break end
        if m[11] and level then dropMoved(ns, place) end
        local fit = add(ns)
        isCut = fit < #ns
        for i = 1, fit do
          if #ns[i] < 17 and string.find(ns[i], '^%d+$') then last[#last + 1] = ns[i] end
        end
        before, rest, passed, isBegun = before + fit, rest - fit, passed + fit, isBegun or fit > 0
      end
    end
  end
end
`,
})

/** Then those with a key, in the order in which they are stored: the order in which they are claimed is made by claiming. */
export const KEYED: Part = definePart({
  name: 'KEYED',
  needs: 'm keyed limit key listed add following numberIn',
  gives: '',
  lua: lua`
if m[14] then
  ${readArguments(IN_KEYS, AT)}
  local last = line == 'k' and string.gsub(place, '%x%x', function(hex) return string.char(tonumber(hex, 16)) end) or ''
  local function nextOf() return 'k' .. (last ~= '' and ':' .. string.gsub(last, '.', function(byte) return string.format('%02x', string.byte(byte)) end) or '') end
  local from, to = last == '' and '-' or '(' .. last, '+'
  if key ~= '' then
    -- Whose cursor it is does not matter.
    if string.sub(last, 1, #key) ~= key then from = '[' .. key end
    to = '(' .. key .. ':'
  end
  while true do
    local some = math.max(1, limit - listed)
    local list, ns = redis.call('ZRANGE', keyed, from, to, 'BYLEX', 'LIMIT', 0, some), {}
    if #list == 0 then break end
    for i = 1, #list do ns[i] = numberIn(list[i]) or '' end
    if listed >= limit then
      following = nextOf()
      break
    end
    local fit = add(ns)
    if fit > 0 then last = list[fit] end
    if fit < #ns then
      following = nextOf()
      break
    end
    from = '(' .. last
  end
end
`,
})

/**
 * From the newest on. Outcomes go at the head: where the one that was listed last is gone, all behind it are.
 */
export const ENDED: Part = definePart({
  name: 'ENDED',
  needs: 'order results limit maxBytes hasPayloads now keepLimits find following page',
  gives: '',
  lua: lua`
do
  ${readArguments(IN_ORDER, AT)}
  if index then
    index = find(order, index, { last }, true)
    if not index and redis.call('HEXISTS', results, last) == 0 then return { '', page } end
  end
  index = index or -1
  local length, passed, lastIndex, bytes, count = redis.call('LLEN', order), 0, index, 0, 0
  local oldest = now - keepLimits()[4]
  while index < length - 1 and passed < ${MOST_PASSED} do
    local some = math.min(limit - count, length - 1 - index)
    local ns = redis.call('LRANGE', order, -1 - index - some, -2 - index)
    for i = #ns, 1, -1 do
      local n = ns[i]
      local size = #n < 17 and string.find(n, '^%d+$') and redis.call('HSTRLEN', results, n) or 0
      if size > 0 then
        if count == limit or (count > 0 and bytes + size > maxBytes) then
          following = lastIndex .. ':' .. last
          return { following, page }
        end
        local outcome = redis.call('HGET', results, n)
        local letter, at, body = string.match(outcome, '^%d+|(%a)|(%d+)|?()')
        if at then
          -- So are all behind it.
          if tonumber(at) <= oldest then return { '', page } end
          page[#page + 1] = n
          page[#page + 1] = (hasPayloads or letter == 'K') and outcome or string.sub(outcome, 1, body - 1)
          page[#page + 1] = #outcome - body + 1
          count, bytes, last, lastIndex = count + 1, bytes + size, n, index + 1
        end
      end
      index, passed = index + 1, passed + 1
    end
    if count == limit and index < length - 1 then
      following = lastIndex .. ':' .. last
      return { following, page }
    end
  end
  if index < length - 1 then following = math.max(0, lastIndex) .. ':' .. (last == '' and '0' or last) end
end
`,
})
