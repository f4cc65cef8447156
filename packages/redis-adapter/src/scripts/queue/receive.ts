/** Lua of a queue with an inbox: entries that other programs pushed become tasks. */
import { INBOX_LEVEL, KEPT_OF_ENTRY } from '@mq/core/adapter'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { LARGE_RECORD, LAYOUT } from '../parts/meta.ts'

/**
 * Nobody sends a hint of what is pushed there, so somebody who sleeps looks so often, ms: each of them after so long
 * for each that sleeps, so that more workers look no oftener together, but for the second line.
 */
export const LOOK_MS = 50
/** And each at least so often. */
export const MOST_LOOK_MS = 1_000
/** The first pop; the next are larger where the entries are small. */
const FIRST_POP = 4
/** The largest: behind small entries there may be large ones, which come at once. */
const MOST_POPPED = 64

/** In a block of its own, since Lua allows 200 locals, and those that settle are nearly as many. `inboxMs(isBad)`: until the inbox is looked at again, by this worker. Those who looked last within the longest pause sleep. */
export const INBOX_LOOK: Part = definePart({
  name: 'INBOX_LOOK',
  needs: 'idle now',
  gives: 'inboxMs',
  lua: lua`
local function inboxMs(isBad)
  if isBad then return ${MOST_LOOK_MS} end
  local sleepers = redis.call('ZCOUNT', idle, now - ${MOST_LOOK_MS}, '+inf')
  return math.min(${MOST_LOOK_MS}, ${LOOK_MS} * math.max(1, sleepers))
end
`,
})

/**
 * `receive(most)` moves entries of the inbox to the end of their level; `inboxIsBad`: it is no list, or may not be read. `isInboxFull()`: whether there are some.
 * One that is too large becomes a task whose payload says so. Small pops first: nobody knows how large an entry is.
 */
export const RECEIVE: Part = definePart({
  name: 'RECEIVE',
  needs: 'inboxEnd inboxIsText inboxMost m time now maxBytes levelsLost tasks READY meta isThere',
  gives: 'inboxIsBad receive isInboxFull',
  lua: lua`
local inbox = KEYS[#KEYS]
local inboxIsBad = false
local function isInboxFull()
  local size = redis.pcall('LLEN', inbox)
  return type(size) == 'number' and size > 0
end
-- What is no list, or may not be read, ends no turn: what it settled is written.
local function pop(count)
  if inboxEnd == 'left' then return redis.pcall('LPOP', inbox, count) end
  return redis.pcall('RPOP', inbox, count)
end
local function receive(most)
  -- Their place, which was read before only where the queue had some there. An entry that is popped has to go somewhere.
  local level = ${INBOX_LEVEL}
  local size = not string.find(m[3], level, 1, true) and redis.pcall('LLEN', KEYS[READY + level])
  if size and type(size) ~= 'number' then
    inboxIsBad = true
    return
  end
  local n, head = math.max(tonumber(m[2]) or 0, time[1] * 1000000 + time[2]), string.format('%013.0f${INBOX_LEVEL}\\n', now)
  local ns, records, bytes, largest, step = {}, {}, 0, 1, ${FIRST_POP}
  while #ns < most and (bytes < maxBytes or #ns == 0) do
    local texts = pop(math.max(1, math.min(most - #ns, step, math.floor((maxBytes - bytes) / largest))))
    if not texts or texts.err then
      inboxIsBad = texts and true or false
      break
    end
    for i = 1, #texts do
      local size, text = #texts[i], inboxIsText and cjson.encode(texts[i]) or texts[i]
      bytes, largest = bytes + size, math.max(largest, size)
      if #text > inboxMost then
        text = string.format('an entry of %.0f bytes, more than %.0f: ', size, inboxMost) .. string.sub(texts[i], 1, ${KEPT_OF_ENTRY})
      end
      if #text > ${LARGE_RECORD - 15} then m[7] = '1' end
      ns[#ns + 1] = string.format('%.0f', n + #ns + 1)
      records[#records + 1] = ns[#ns]
      records[#records + 1] = head .. text
    end
    step = math.min(${MOST_POPPED}, 4 * step)
  end
  if #ns == 0 then return end
  local used, levels = levelsLost and redis.call('HLEN', tasks) == 0 and '' or m[3], ''
  for each = 9, 0, -1 do
    if each == level or string.find(used, each, 1, true) then levels = levels .. each end
  end
  m[2], m[3], isThere = string.format('%.0f', n + #ns), levels, true
  redis.call('HSET', meta, 'layout', ${LAYOUT}, 'n', m[2], 'levels', levels, 'inbox', inbox)
  if m[7] then redis.call('HSET', meta, 'large', 1) end
  redis.call('HSET', tasks, unpack(records))
  redis.call('RPUSH', KEYS[READY + level], unpack(ns))
end
`,
})

/** Before the claim, which is too large to hold it. */
export const RECEIVE_FIRST: string = lua`if want > 0 and not m[6] and isFree() then receive(want) end
`

/** After it: nobody waits longer than until the next look. */
export const LOOK_AGAIN: string = lua`if want > 0 and #taken == 0 and not m[6] then
  ${INBOX_LOOK}
  local look = inboxMs(inboxIsBad)
  nextDue = nextDue < 0 and look or math.min(nextDue, look)
end
`

/** Somebody else is woken for what this turn left. */
export const WAKE_FOR_INBOX: string = lua`  if not m[6] and (want > 0 or count == 0) and (cut or #taken == want) then isMore = isMore or isInboxFull() end
`
