/**
 * Lua that the publishing scripts share. Needs `publishers`, `publisher`, `number`, `after`, `now`, FORGET_LANES. A publish that was
 * answered is answered again; one that came before its predecessor, which was sent and then has to be sent again (the server did not
 * know its script, a cluster's client held it back), is answered nil: nothing was done. Gives `note(epoch, n)`: what to answer to a
 * repetition. Of two that were under way at once both are noted, since a client that sends again by itself sends both.
 */
export const PUBLISHED: string = /* lua */ `
local last = redis.call('HGET', publishers, publisher)
local lastText, lastEpoch, lastN, rest = string.match(last or '', '^(%d+)|%d+|(%d+)|(%d+)(.*)$')
local lastNumber = tonumber(lastText) or 0
if lastNumber == number then return { lastEpoch, lastN } end
local earlier, earlierEpoch, earlierN = string.match(rest or '', '^|(%d+)|(%d+)|(%d+)$')
if tonumber(earlier) == number then return { earlierEpoch, earlierN } end
if lastNumber > number then return redis.error_reply('MQSTALE a newer publish was answered') end
if lastNumber < after then return false end
local function note(epoch, n)
  local before = after > 0 and lastText and '|' .. lastText .. '|' .. lastEpoch .. '|' .. lastN or ''
  redis.call('HSET', publishers, publisher,
    string.format('%.0f', number) .. '|' .. string.format('%.0f', now) .. '|' .. epoch .. '|' .. n .. before)
  if not last then forgetLanes(publishers) end
end
`
