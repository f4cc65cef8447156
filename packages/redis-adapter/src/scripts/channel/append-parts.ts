/** Lua that appends to a log: of messages that are published, and of a queue's outcomes. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { publishTo } from '../parts/hints.ts'
import { LAYOUT, refuseLayout } from '../parts/meta.ts'
import { END_OF_LOG } from './log-numbers.ts'

/** The most that one call drops, as whole nodes of the stream, and then those of one node. */
const DROPPED_AT_ONCE = 2_000
/** The most groups that one call wakes; the others find the messages by polling, or with the next one. */
const RUNG_AT_ONCE = 64
/** The number of epochs, the last ones, whose positions are understood. */
const EPOCHS_KEPT = 16

/** What is noted of the log: `epoch`, `n`, `run`, `at`, `bytes`, `epochs`, `layout`, `largest`. */
export const READ_SEQ: Part = definePart({
  name: 'READ_SEQ',
  needs: 'seq',
  gives: 'known',
  lua: lua`local known = redis.call('HMGET', seq, 'epoch', 'n', 'run', 'at', 'bytes', 'epochs', 'layout', 'largest')
${refuseLayout('known[7]', 'channel', 'known')}`,
})

/** Reads what APPEND, NOTE_LOG, DROP and RING may write. `silent`: a group whose members were away for too long, if any. */
export const READ_LOG: Part = definePart({
  name: 'READ_LOG',
  needs: 'log readers floors alive bells now expires whole16',
  gives: 'length slowest silent rings',
  lua: lua`local length = redis.call('XLEN', log)
local slowest = redis.call('ZRANGE', readers, 0, 0, 'WITHSCORES')
redis.call('HLEN', floors)
local silent = redis.call('ZRANGEBYSCORE', alive, '-inf', '(' .. whole16(now - expires), 'LIMIT', 0, 1)
local rings = redis.call('HLEN', bells) > 0
`,
})

/**
 * `appendFirst()` appends the first of the bodies, where the Lua `body` gives that of number i, and answers the error of a log that takes no more, or its id;
 * `keep(i)` any other. `n`, `at` and `bytes` are those before them.
 */
export const appendOf = (body: string, needs: string): Part =>
  definePart({
    name: 'appendOf',
    needs: `known digits length log run time whole16 now ${needs}`,
    gives: 'epoch n at bytes keep appendFirst',
    lua: lua`
-- What somebody else wrote counts as missing; the log itself shows where it ends.
local epoch, n, at = digits(known[1]), tonumber(digits(known[2]) or ''), tonumber(digits(known[4]) or '')
local bytes = tonumber(digits(known[5]) or '') or 0
if length > 0 and not (n and at) then
  ${END_OF_LOG}
  at, n = endOfLog()
end
if not epoch or not n or (run ~= '' and known[3] and known[3] ~= run) then
  epoch = whole16(time[1] * 1000000 + time[2])
end
n, at = n or 0, math.max(now, at or 0)
local function keep(i)
  local number = whole16(n + i)
  local id = whole16(at) .. '-' .. number
  return redis.pcall('XADD', log, id, 'm', whole16(bytes) .. ' ' .. epoch .. ' ' .. number .. ' ' .. ${body}), id
end
local function appendFirst()
  local kept, id = keep(1)
  if type(kept) == 'table' and kept.err then
    -- Somebody else wrote to it, or the numbers were lost: on in the ms after its last id, and from its last message.
    ${END_OF_LOG}
    local about = redis.call('XINFO', 'STREAM', log)
    for i = 1, #about, 2 do
      if about[i] == 'last-generated-id' then at = math.max(at, tonumber(string.match(about[i + 1], '^%d+')) + 1) end
    end
    local _, last = endOfLog()
    n = math.max(n, last or 0)
    kept, id = keep(1)
    if type(kept) == 'table' and kept.err then return kept end
  end
  return nil, id
end
`,
  })

/** Notes where the log ends, `count` bodies later. Gives `newest`, the number of the last as text. */
export const NOTE_LOG: Part = definePart({
  name: 'NOTE_LOG',
  needs: 'known epoch n at bytes count length largest run digits whole16 first seq',
  gives: 'newest',
  lua: lua`
n, length = n + count, length + count

local epochs = known[6] or ''
if string.match(epochs, '(%d+):%d+$') ~= epoch then
  epochs = (epochs ~= '' and epochs .. ',' or '') .. epoch .. ':' .. first
  local _, commas = string.gsub(epochs, ',', ',')
  if commas >= ${EPOCHS_KEPT} then epochs = string.match(epochs, ',(.*)$') end
end
local newest = whole16(n)
if epoch == known[1] and epochs == known[6] and known[3] == run then
  redis.call('HSET', seq, 'n', newest, 'at', whole16(at), 'bytes', whole16(bytes))
else
  redis.call('HSET', seq, 'epoch', epoch, 'n', newest, 'run', run, 'at', whole16(at), 'bytes', whole16(bytes), 'epochs', epochs)
end
-- Of all that is in the log; nothing, where a version that did not note it wrote some of them.
local largestBefore = digits(known[8])
if length == count or (largestBefore and largest > tonumber(largestBefore)) then redis.call('HSET', seq, 'largest', largest) end
if not known[7] then redis.call('HSET', seq, 'layout', ${LAYOUT}) end
`,
})

/** What all groups were given and is past the limits, and in any case what is past `unreadFactor` times the limits. */
export const DROP: Part = definePart({
  name: 'DROP',
  needs: 'log maxAge maxBytes maxCount unreadFactor bytes length slowest n floors now whole16 digits',
  gives: '',
  lua: lua`-- Drop, first in whole nodes; what is left then is less than a node.
local function drop(rule, limit)
  local dropped = redis.pcall('XTRIM', log, rule, '~', limit, 'LIMIT', ${DROPPED_AT_ONCE})
  if type(dropped) == 'number' and dropped < ${DROPPED_AT_ONCE / 2} then redis.pcall('XTRIM', log, rule, '=', limit) end
end
local oldest = (maxAge or maxBytes) and redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
local most, mostUnread = maxCount or math.huge, (maxCount or math.huge) * unreadFactor
if maxBytes and oldest then
  local total = bytes - (tonumber(string.match(oldest[2][2], '^(%d+) ')) or bytes)
  if total > maxBytes then most = math.min(most, math.max(1, math.floor(length * maxBytes / total))) end
  if total > maxBytes * unreadFactor then
    mostUnread = math.min(mostUnread, math.max(1, math.floor(length * maxBytes * unreadFactor / total)))
  end
end
-- The last that all groups were given.
local floorMs, floorN
local function readFloor()
  if not slowest[1] or floorMs then return end
  floorMs, floorN = string.match(redis.call('HGET', floors, slowest[1]) or '', '^(%d+)%-(%d+)$')
  floorMs, floorN = tonumber(digits(floorMs) or '') or 0, tonumber(digits(floorN) or '') or 0
end
if length > most then
  if not slowest[1] or n - slowest[2] <= most then
    drop('MAXLEN', whole16(most))
  else
    readFloor()
    drop('MINID', whole16(floorMs) .. '-' .. whole16(floorN + 1))
    if length > mostUnread then drop('MAXLEN', whole16(mostUnread)) end
  end
end
local oldestMs = maxAge and oldest and tonumber(string.match(oldest[1], '^%d+'))
if oldestMs and oldestMs < now - maxAge then
  readFloor()
  if not floorMs or floorMs >= now - maxAge then
    drop('MINID', whole16(now - maxAge) .. '-0')
  else
    drop('MINID', whole16(floorMs) .. '-' .. whole16(floorN + 1))
    if floorMs < now - maxAge * unreadFactor then drop('MINID', whole16(math.max(0, now - maxAge * unreadFactor)) .. '-0') end
  end
end
`,
})

/** Wakes a sleeping member of each group. */
export const RING: Part = definePart({
  name: 'RING',
  needs: 'rings seq bells',
  gives: '',
  lua: lua`
-- Wake. Hints are worth no failure.
if rings then
  local queue, outcomes = string.match(seq, '{(.-)}(.-):seq$')
  local rung, groups = redis.call('HRANDFIELD', bells, ${RUNG_AT_ONCE}, 'WITHVALUES'), {}
  for i = 1, #rung, 2 do
    groups[#groups + 1] = rung[i]
    for topic in string.gmatch(rung[i + 1], '[^,]+') do
      local heard = redis.pcall(${publishTo('topic')}, topic, 'w' .. queue .. outcomes .. '/' .. rung[i])
      if type(heard) == 'number' and heard > 0 then break end
    end
  end
  redis.call('HDEL', bells, unpack(groups))
end
`,
})
