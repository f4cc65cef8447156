/** Lua of ordered groups: which message of a key is given next, and which have to wait for it. */
import { MAX_AHEAD, MAX_BLOCKED } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { ID_BEFORE } from '../channel/log-numbers.ts'
import { LARGEST_PREFIX, passMessage, UNWEIGHED_AT_ONCE } from './group-take.ts'

/** More than there can be of them. */
const MOST_MENDED = 2 * MAX_BLOCKED
/** What is read ahead at once, beside its first message. */
const MOST_BYTES = 62_000

/**
 * `named` has the key of each message that was put in order and has not ended; `tails` the newest of each key; `behind` the one
 * that follows each in its key. `firsts` may be given, those of `blocked` follow others, both by number. `unnamed`: what came back without a
 * key, by number. \`letThrough(ids)\`: they ended, so those behind them may be given. \`letEnded()\`: the same of what is in \`ended\`; answers whether there were some behind.
 */
export const ORDER: Part = definePart({
  name: 'ORDER',
  needs: 'named tails behind firsts blocked',
  gives: 'ended letThrough letEnded',
  lua: lua`
local ended = {}
local function letThrough(ids)
  local keys, nexts = redis.call('HMGET', named, unpack(ids)), redis.call('HMGET', behind, unpack(ids))
  local through, over = {}, {}
  for i = 1, #ids do
    if keys[i] and nexts[i] then
      through[#through + 1] = nexts[i]
    elseif keys[i] and redis.call('HGET', tails, keys[i]) == ids[i] then
      over[#over + 1] = keys[i]
    end
  end
  redis.call('HDEL', named, unpack(ids))
  redis.call('HDEL', behind, unpack(ids))
  if #over > 0 then redis.call('HDEL', tails, unpack(over)) end
  if #through == 0 then return false end
  local scores, members = redis.call('ZMSCORE', blocked, unpack(through)), {}
  for i = 1, #through do
    members[2 * i - 1] = scores[i] or string.match(through[i], '%-(%d+)$') or 0
    members[2 * i] = through[i]
  end
  redis.call('ZREM', blocked, unpack(through))
  redis.call('ZADD', firsts, unpack(members))
  return true
end
local function letEnded()
  local isThrough = false
  for i = 1, #ended, 1000 do
    if letThrough({ unpack(ended, i, math.min(i + 999, #ended)) }) then isThrough = true end
  end
  ended = {}
  return isThrough
end
`,
})

/**
 * `TOLD`: ARGV[TOLD + 2i - 1] is a message whose key ARGV[TOLD + 2i] is, for i up to `told`. `placeTold()` puts them in order: those that came back without a key, and,
 * where none of these is left, those that follow the cursor, without a gap.
 */
export const PLACE_TOLD: Part = definePart({
  name: 'PLACE_TOLD',
  needs: 'ACT count told named tails behind firsts blocked unnamed log cursor readN lost digits whole16 textOf',
  gives: 'placeTold',
  lua: lua`
local TOLD = ACT + count
for i = 1, told do
  local id, key = ARGV[TOLD + 2 * i - 1], ARGV[TOLD + 2 * i]
  if not (string.find(id, '^%d+%-%d+$') and #id < 40 and key ~= '') then return redis.error_reply('MQARGS a key is not right') end
end
local function place(ids, scores, keys)
  if #ids == 0 then return end
  local known, tail, first, follows, waits, names = redis.call('HMGET', tails, unpack(keys)), {}, {}, {}, {}, {}
  for i, id in ipairs(ids) do
    local before = tail[keys[i]] or known[i]
    local to = before and waits or first
    to[#to + 1], to[#to + 2] = whole16(scores[i]), id
    if before then follows[#follows + 1], follows[#follows + 2] = before, id end
    names[#names + 1], names[#names + 2] = id, keys[i]
    tail[keys[i]] = id
  end
  local newest = {}
  for key, id in pairs(tail) do newest[#newest + 1], newest[#newest + 2] = key, id end
  redis.call('HSET', named, unpack(names))
  redis.call('HSET', tails, unpack(newest))
  if #first > 0 then redis.call('ZADD', firsts, unpack(first)) end
  if #waits > 0 then
    redis.call('HSET', behind, unpack(follows))
    redis.call('ZADD', blocked, unpack(waits))
  end
end
local function placeTold()
  if told == 0 then return end
  local cursorMs, cursorN = string.match(cursor, '^(%d+)%-(%d+)$')
  cursorMs, cursorN = tonumber(cursorMs), tonumber(cursorN)
  local ids, scores, keys, unread, keyOf = {}, {}, {}, {}, {}
  local function add(id, score, key) ids[#ids + 1], scores[#scores + 1], keys[#keys + 1] = id, score, key end
  local left = redis.call('ZCARD', unnamed)
  for i = 1, told do
    local id, key = ARGV[TOLD + 2 * i - 1], ARGV[TOLD + 2 * i]
    local ms, n = string.match(id, '^(%d+)%-(%d+)$')
    ms, n = tonumber(ms), tonumber(n)
    if ms > cursorMs or (ms == cursorMs and n > cursorN) then
      unread[#unread + 1], keyOf[id] = id, key
    elseif left > 0 and redis.call('ZREM', unnamed, id) > 0 then
      left = left - 1
      add(id, math.min(n, readN), key)
    end
  end
  -- They follow one another. Where the first is not what comes next, another told it, or the group was moved, and who knows what these weigh.
  local some = left == 0 and #unread > 0 and redis.call('XRANGE', log, '(' .. cursor, '+', 'COUNT', 1) or {}
  if #unread > 1 and #some > 0 and keyOf[some[1][1]] then some = redis.call('XRANGE', log, '(' .. cursor, '+', 'COUNT', #unread) end
  for _, entry in ipairs(some) do
    local id = entry[1]
    -- Somebody else wrote it since: it is ahead itself.
    if not keyOf[id] then break end
    ${passMessage('id', 'textOf(entry)')}
    cursor = id
    add(id, readN, keyOf[id])
  end
  place(ids, scores, keys)
end
`,
})

/**
 * `lookAhead(given)` answers ids and texts of messages without a key, where fewer are left to be given than the turn wanted. `mendOrder()`, where nothing can
 * be given: nobody holds a key, so what has one was damaged by somebody else, and its keys have to be told again.
 */
export const LOOK_AHEAD: Part = definePart({
  name: 'LOOK_AHEAD',
  needs:
    'want maxBytes firsts blocked unnamed named tails behind returned leases back delays suspects log cursor textOf sums digits readN lost foreign m',
  gives: 'lookAhead mendOrder',
  lua: lua`
local function lookAhead()
  local ids, texts, bytes, largest = {}, {}, 0, 1
  if m[3] == '1' or want == 0 or redis.call('ZCARD', firsts) >= want or redis.call('ZCARD', blocked) >= ${MAX_BLOCKED} then return ids, texts end
  local limit = math.min(maxBytes, ${MOST_BYTES})
  local function add(id, text)
    bytes = bytes + #text
    if #ids > 0 and (#ids == ${MAX_AHEAD} or bytes > limit) then return false end
    ids[#ids + 1], texts[#texts + 1] = id, text
    largest = math.max(largest, #text)
    return true
  end
  while true do
    local some = redis.call('ZRANGE', unnamed, #ids, #ids + 31)
    for _, id in ipairs(some) do
      local text = string.match(redis.call('HGET', returned, id) or '', '^%d+|%d+|(.*)$')
      local entry = not text and string.find(id, '^%d+%-%d+$') and redis.call('XRANGE', log, id, id)[1]
      if entry then text = textOf(entry) end
      if not text then
        redis.call('ZREM', unnamed, id)
        -- The channel had to drop it; else somebody else wrote it.
        if string.find(id, '^%d+%-%d+$') then lost = lost + 1 else foreign = foreign + 1 end
      elseif not add(id, text) then
        return ids, texts
      end
    end
    if #some < 32 then break end
  end
  -- As many are read at once as fit whatever they weigh; then a few at a time, if they weigh what those before did.
  local most = tonumber(digits(sums[4]) or '')
  local last, isEnd, few = cursor, false, 1
  while not isEnd and (bytes < limit or #ids == 0) do
    local fitting = most and math.floor((limit - bytes) / (most + ${LARGEST_PREFIX})) or 0
    local step = math.min(${MAX_AHEAD} + 1 - #ids, math.max(fitting, math.min(few, math.floor((limit - bytes) / largest))))
    step = math.max(1, step)
    few = ${UNWEIGHED_AT_ONCE}
    local some = redis.call('XRANGE', log, '(' .. last, '+', 'COUNT', step)
    for _, entry in ipairs(some) do
      if not add(entry[1], textOf(entry)) then return ids, texts end
      last = entry[1]
    end
    isEnd = #some < step
  end
  local newest = tonumber(digits(sums[1]) or '') or 0
  if isEnd and last == cursor and newest > readN then
    -- All that was to come is gone already.
    lost = lost + newest - readN
    readN = newest
  end
  return ids, texts
end
local function mendOrder()
  if redis.call('ZCARD', firsts) > 0 or redis.call('EXISTS', named, blocked) == 0 or redis.call('EXISTS', leases, back, delays, suspects) > 0 then return end
  foreign = foreign + 1
  for _, some in ipairs({ redis.call('HRANDFIELD', named, ${MOST_MENDED}), redis.call('ZRANGE', blocked, 0, ${MOST_MENDED - 1}) }) do
    for i = 1, #some do
      local n = string.match(some[i], '^%d+%-(%d+)$')
      if n then redis.call('ZADD', unnamed, n, some[i]) end
    end
  end
  redis.call('UNLINK', named, tails, behind, blocked)
end
`,
})

/** How many of those that have copies are passed to find one of which there is none. */
const COPIES_PASSED = 32

/**
 * `waitsFrom(cursor, read)`: the place and the number before the first message that was put in order, not given, and has no copy, or these.
 * Letters that were redriven have copies and low numbers: the channel need not keep for them what followed.
 */
export const WAITS_FROM: Part = definePart({
  name: 'WAITS_FROM',
  needs: 'firsts blocked returned hasReturned whole16',
  gives: 'waitsFrom',
  lua: lua`
${ID_BEFORE}
local function isCopied(id) return hasReturned and redis.call('HEXISTS', returned, id) == 1 end
local function waitsFrom(place, read)
  for _, key in ipairs({ firsts, blocked }) do
    local some, k = redis.call('ZRANGE', key, 0, hasReturned and ${COPIES_PASSED - 1} or 0, 'WITHSCORES'), 1
    while k < #some - 1 and isCopied(some[k]) do k = k + 2 end
    local isId = string.find(some[k] or '', '^%d+%-%d+$')
    -- Behind so many with copies may be one without.
    local isNeeded = isId and (k < #some - 1 or #some == ${2 * COPIES_PASSED} or not isCopied(some[k]))
    if isNeeded and tonumber(some[k + 1]) - 1 < read then
      read = math.max(0, tonumber(some[k + 1]) - 1)
      place = idBefore(some[k])
    end
  end
  return place, read
end
`,
})
