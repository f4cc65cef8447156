/**
 * The first half of a turn. Needs BURY, KEEP_OUTCOMES, FOREIGN. Lua functions: `checkSettle()` answers an error or nil and writes nothing; `settle()` applies
 * the settlements whose lease is still the newest, and answers the indices of the others and whether tasks went back.
 */
export const SETTLE: string = /* lua */ `
local C, c, R, r, F, B, b, X = 67, 99, 82, 114, 70, 66, 98, 88
local hasWaiters, hasNotes, deadDropped = false, false, 0

local function checkSettle()
  hasWaiters = redis.call('HLEN', waiters) > 0
  hasNotes = redis.call('HLEN', notes) > 0
  local hasIds = ownedCount > 0
  local keeps, buries = keep or hasIds, hasIds
  for i = 1, count do
    local act = ARGV[12 + 2 * i]
    local kind = string.byte(act)
    if kind == R or kind == r then
      if not string.find(act, '^%a%d+$') then return redis.error_reply('MQARGS a delay is not a number') end
    elseif kind == B or kind == b then
      buries = true
    elseif kind == X then
      keeps = true
    elseif not (kind == C or kind == c or kind == F) then
      return redis.error_reply('MQARGS an act is not known')
    end
  end
  -- Who forgets an id looks whether its outcome or its grave is kept.
  if keeps then checkKept() end
  if buries then
    redis.call('ZCARD', dead)
    redis.call('HLEN', graves)
  end
  if hasIds then
    redis.call('HLEN', ids)
    redis.call('ZCARD', ended)
  end
end

-- Released ones to the head of their levels, in the order in which they were given; others to the end, or later.
local function putBack(back)
  local found = redis.call('HMGET', tasks, unpack(back.ns))
  for i = #back.ns, 1, -1 do
    if found[i] and string.byte(back.acts[i]) == F then
      local level = levelOf(found[i])
      redis.call('LPUSH', KEYS[READY + level], back.ns[i])
    end
  end
  for i = 1, #back.ns do
    local n, act = back.ns[i], back.acts[i]
    -- No record: somebody deleted it. There is nothing to run.
    if not found[i] then
      foreign = foreign + 1
    else
      local level, kind = levelOf(found[i]), string.byte(act)
      bump(runs, n)
      if kind ~= F then
        if kind == R then bump(failures, n) end
        local delay = tonumber(string.sub(act, 2))
        if delay > 0 then
          redis.call('ZADD', KEYS[LATER + level], now + delay, n)
        else
          redis.call('RPUSH', KEYS[READY + level], n)
        end
      end
    end
  end
  hasRuns = true
end

local function settle()
  local members = {}
  for i = 1, count do members[i] = ARGV[11 + 2 * i] end
  local held = redis.call('ZMSCORE', leases, unpack(members))
  local stale, gone, over, outcomes, kept = {}, {}, {}, {}, {}
  local back, once, applied, buried, endedAt = { ns = {}, acts = {} }, {}, {}, 0, string.format('%.0f', now)
  for i = 1, count do
    local lease, act = members[i], ARGV[12 + 2 * i]
    if not held[i] or once[lease] then
      stale[#stale + 1] = i
    else
      gone[#gone + 1] = lease
      once[lease] = true
      applied[i] = true
      local n, kind = string.match(lease, '^%d+'), string.byte(act)
      if kind == F or kind == R or kind == r then
        back.ns[#back.ns + 1] = n
        back.acts[#back.acts + 1] = act
      else
        over[#over + 1] = n
        if kind == B or kind == b then
          buried = buried + bury(n, kind == B and 1 or 0, string.sub(act, 2))
          if hasWaiters then outcomes[#over] = n .. '|D|' .. endedAt .. '|' .. string.sub(act, 2) end
        elseif keep or hasWaiters or kind == X then
          local outcome = n .. '|' .. string.sub(act, 1, 1) .. '|' .. endedAt .. '|' .. string.sub(act, 2)
          if hasWaiters then outcomes[#over] = outcome end
          if keep or kind == X then
            kept[#kept + 1] = n
            kept[#kept + 1] = outcome
          end
        end
      end
    end
  end
  if #gone == 0 then return stale, false end
  if #kept > 0 then keepOutcomes(kept) end
  if #back.ns > 0 then putBack(back) end
  if #over > 0 then
    redis.call('HDEL', tasks, unpack(over))
    if hasRuns then
      redis.call('HDEL', runs, unpack(over))
      redis.call('HDEL', crashes, unpack(over))
      redis.call('HDEL', failures, unpack(over))
    end
    if hasNotes then
      local noted = {}
      for i = 1, #over do
        noted[2 * i - 1] = over[i]
        noted[2 * i] = 'm' .. over[i]
      end
      redis.call('HDEL', notes, unpack(noted))
    end
    if hasWaiters then
      local topics = redis.call('HMGET', waiters, unpack(over))
      for i = 1, #over do
        if topics[i] then
          tellEnd(topics[i], outcomes[i])
          redis.call('HDEL', waiters, over[i])
        end
      end
    end
    if buried > 0 then deadDropped = trimDead(buried) end
    local first = 13 + 2 * count
    for k = first, first + 2 * ownedCount - 1, 2 do
      local i = tonumber(ARGV[k])
      local kind = i and ARGV[12 + 2 * i] and string.byte(ARGV[12 + 2 * i])
      if applied[i] and kind ~= F and kind ~= R and kind ~= r then endId(string.match(members[i], '^%d+'), ARGV[k + 1]) end
    end
  end
  redis.call('ZREM', leases, unpack(gone))
  return stale, #back.ns > 0
end
`
