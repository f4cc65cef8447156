/**
 * Lua that finds messages among the entries of a log, where other programs may have written: only a message's own text says
 * that the id of its entry is its number. Of all parts those are rare branches.
 */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** How many entries of other programs in a row are passed by. */
const PASSED_BY = 64

/** `ownNumber(entry)`: of a message, else nil. */
const OWN_NUMBER: Part = definePart({
  name: 'OWN_NUMBER',
  needs: 'digits',
  gives: 'ownNumber',
  lua: lua`
local function ownNumber(entry)
  local s, fields = digits(string.match(entry[1], '%-(%d+)$')), entry[2]
  return s and fields[1] == 'm' and string.match(fields[2], '^%d+ %d+ (%d+) ') == s and tonumber(s) or nil
end
`,
})

/** `endOfLog()`: the ms of the last entry, and the number of the last message. */
export const END_OF_LOG: Part = definePart({
  name: 'END_OF_LOG',
  needs: 'digits log',
  gives: 'endOfLog',
  lua: lua`
${OWN_NUMBER}
local function endOfLog()
  local ms
  for _, count in ipairs({ 1, ${PASSED_BY} }) do
    local some = redis.call('XREVRANGE', log, '+', '-', 'COUNT', count)
    ms = some[1] and tonumber(string.match(some[1][1], '^%d+'))
    for i = 1, #some do
      if ownNumber(some[i]) then return ms, ownNumber(some[i]) end
    end
  end
  return ms
end
`,
})

/** `messageFrom(id)`: the ms and the number of the first message from there on. */
export const MESSAGE_FROM: Part = definePart({
  name: 'MESSAGE_FROM',
  needs: 'digits log',
  gives: 'messageFrom',
  lua: lua`
${OWN_NUMBER}
local function messageFrom(from)
  for _, count in ipairs({ 1, ${PASSED_BY} }) do
    local some = redis.call('XRANGE', log, from, '+', 'COUNT', count)
    for i = 1, #some do
      if ownNumber(some[i]) then return tonumber(string.match(some[i][1], '^%d+')), ownNumber(some[i]) end
    end
  end
end
`,
})

/** `idBefore(id)`: an id before it, and behind all messages that are before it. */
export const ID_BEFORE: Part = definePart({
  name: 'ID_BEFORE',
  needs: 'whole16',
  gives: 'idBefore',
  lua: lua`
local function idBefore(id)
  local ms, s = string.match(id, '^(%d+)%-(%d+)$')
  -- 2^53 - 2: no message has such a number, and Lua has no larger ones to the last digit.
  if s == '0' then return whole16(tonumber(ms) - 1) .. '-9007199254740990' end
  return ms .. '-' .. whole16(math.min(9007199254740990, tonumber(s) - 1))
end
`,
})
