import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { trimDead } from '../parts/keep.ts'

/** Of an ordered group: the next of its key follows. */
const ENDED = 'ended[#ended + 1] = id'

/** As many as a turn can bury. */
const MOST_TRIMMED = 1_000

/**
 * The first half of a group's turn. What one claim took is a hand: `held` has a digit for each of its messages (1 fresh from
 * the log, 2 given before, 3 given before and its start noted, 0 settled), and a lease is "hand.index". Lua functions: `settle()` answers the indices of stale settlements and whether messages came back; `endHands(…)`;
 * `giveBack(…)` copies a message from the log, which need not keep it any longer.
 */
const groupSettle = (isOrdered: boolean): Part =>
  definePart({
    name: isOrdered ? 'GROUP_SETTLE_ORDERED' : 'GROUP_SETTLE',
    needs: `${isOrdered ? 'ended ' : ''}count LEASE ACT COMPLETE COMPLETE_EMPTY RETRY_CHARGED RETRY RELEASE BURY_CHARGED BURY EXPIRE dead graves hands returned log lost hasNotes notes now keepLimits meta amount noteKept held leases open back hasBack out foreign delays`,
    gives: 'givenBack deadDropped readBits idsIn textOf read giveBack endHands pushFront settle',
    lua: lua`
local bitsOf, idsOf, touched, givenBack, deadDropped = {}, {}, {}, 0, 0

local function readBits(text)
  return text and #text <= 1000 and string.find(text, '^[0123]+$') and { string.byte(text, 1, -1) } or false
end
local function idsIn(hand)
  if not idsOf[hand] then
    local ids = {}
    for id in string.gmatch(string.match(redis.call('HGET', hands, hand) or '', '|(.*)$') or '', '[^,]+') do ids[#ids + 1] = id end
    idsOf[hand] = ids
  end
  return idsOf[hand]
end
-- What somebody else wrote is given whole.
local function textOf(entry)
  local fields = entry[2]
  return #fields == 2 and fields[1] == 'm' and fields[2] or table.concat(fields, '\\n')
end
-- Failures, crashes and the text of a message; nothing when the log had to drop it meanwhile.
local function read(id, bit)
  if bit ~= 49 then return string.match(redis.call('HGET', returned, id) or '', '^(%d+)|(%d+)|(.*)$') end
  local entry = redis.call('XRANGE', log, id, id)[1]
  if entry then return 0, 0, textOf(entry) end
end
local function giveBack(id, bit, failed, crashed)
  local failures, crashes, text = read(id, bit)
  if not text then
    lost = lost + 1
    if hasNotes then redis.call('HDEL', notes, id) end
    ${isOrdered ? ENDED : ''}
    return false
  end
  givenBack = givenBack + #text
  -- The first crash is charged in any case, so that plain messages need no note of their start.
  if bit == 50 and tonumber(crashes) > 0 then crashed = 0 end
  redis.call('HSET', returned, id, (failures + failed) .. '|' .. (crashes + crashed) .. '|' .. text)
  return true
end

-- Under its number and in the form of a task's grave; what somebody else wrote, under its id.
local function bury(id, bit, charge, reasonAndDetail)
  local failures, crashes, text = read(id, bit)
  local ms, n = string.match(id, '^(%d+)%-(%d+)$')
  local payload = string.match(text or '', '^%d+ (%d+ %d+ .*)$')
  local member = payload and n or id
  local facts = ((failures or 0) + charge) .. '|' .. (crashes or 0) .. '|0|' .. reasonAndDetail
  local stamp = string.rep('0', 13 - #ms) .. string.sub(ms, -13)
  local grave = facts .. '\\n' .. stamp .. '0\\n' .. (payload or text or '')
  -- A group that was sent back can give up a message anew.
  local before = redis.call('HSTRLEN', graves, member)
  redis.call('HSET', graves, member, grave)
  redis.call('ZADD', dead, now, member)
  return #grave - before
end
${trimDead(MOST_TRIMMED)}

local function endHands(over)
  if #over == 0 then return end
  redis.call('HDEL', held, unpack(over))
  redis.call('HDEL', hands, unpack(over))
  redis.call('ZREM', leases, unpack(over))
  redis.call('ZREM', open, unpack(over))
end
local function pushFront(ids)
  if #ids == 0 then return end
  local reversed = {}
  for i = #ids, 1, -1 do reversed[#reversed + 1] = ids[i] end
  redis.call('LPUSH', back, unpack(reversed))
  hasBack = true
end

local function settle()
  local handOf, indexOf, stale, heads, gone, forgotten, buried, bytes, retried = {}, {}, {}, {}, {}, {}, false, 0, false
  for i = 1, count do
    local hand, index = string.match(ARGV[LEASE + i], '^(%d+)%.(%d+)$')
    handOf[i], indexOf[i] = hand, tonumber(index)
    if hand and bitsOf[hand] == nil then
      bitsOf[hand] = false
      touched[#touched + 1] = hand
    end
  end
  if #touched > 0 then
    local found = redis.call('HMGET', held, unpack(touched))
    for i = 1, #touched do bitsOf[touched[i]] = readBits(found[i]) end
  end
  for i = 1, count do
    local bits, index, act = handOf[i] and bitsOf[handOf[i]], indexOf[i], ARGV[ACT + i]
    local bit = bits and bits[index] or 48
    if bit == 48 then
      stale[#stale + 1] = i
    else
      bits[index] = 48
      out = out - 1
      local kind = string.byte(act)
      local isOver = kind == COMPLETE or kind == COMPLETE_EMPTY or kind == EXPIRE
      local id = ${isOrdered ? '' : '(bit ~= 49 or not isOver) and '}idsIn(handOf[i])[index]
      if not id and not isOver then
        -- Somebody else wrote into \`hands\`: which message it was is not known.
        lost, foreign = lost + 1, foreign + 1
      elseif id and kind == RELEASE then
        if giveBack(id, bit, 0, 0) then heads[#heads + 1] = id end
      elseif id and (kind == RETRY_CHARGED or kind == RETRY) then
        local delay = tonumber(string.sub(act, 2))
        if giveBack(id, bit, kind == RETRY_CHARGED and 1 or 0, 0) then
          retried = true
          if delay > 0 then
            redis.call('ZADD', delays, now + delay, id)
          else
            redis.call('RPUSH', back, id)
            hasBack = true
          end
        end
      elseif id then
        if not isOver then
          buried = true
          bytes = bytes + bury(id, bit, kind == BURY_CHARGED and 1 or 0, string.sub(act, 2))
        end
        if bit ~= 49 then gone[#gone + 1] = id end
        ${isOrdered ? ENDED : ''}
      end
      if hasNotes and (isOver or kind == BURY_CHARGED or kind == BURY) then forgotten[#forgotten + 1] = idsIn(handOf[i])[index] end
    end
  end
  pushFront(heads)
  if #gone > 0 then redis.call('HDEL', returned, unpack(gone)) end
  if #forgotten > 0 then redis.call('HDEL', notes, unpack(forgotten)) end
  if buried then deadDropped = trimDead(bytes) end
  local over, kept = {}, {}
  for i = 1, #touched do
    local hand = touched[i]
    if bitsOf[hand] then
      local text = string.char(unpack(bitsOf[hand]))
      if string.find(text, '[123]') then
        kept[#kept + 1] = hand
        kept[#kept + 1] = text
      else
        over[#over + 1] = hand
      end
    end
  end
  if #kept > 0 then redis.call('HSET', held, unpack(kept)) end
  endHands(over)
  return stale, retried or #heads > 0
end
`,
  })

export const GROUP_SETTLE: Part = groupSettle(false)

/** Besides: `ended` has the messages that ended, or are no longer there. */
export const GROUP_SETTLE_ORDERED: Part = groupSettle(true)
