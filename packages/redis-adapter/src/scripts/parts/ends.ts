/** Lua of a queue's outcomes: each end of a task is a message of a channel in the queue's slot. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import type { OutcomeLimits } from '@mq/core/adapter'
import { appendOf, DROP, NOTE_LOG, READ_LOG, READ_SEQ, RING } from '../channel/append-parts.ts'

/** `endBounds`: of the outcomes, 'off', or '' where the caller does not say. `run`: the server's, or ''. */
export const ENDS = { endBounds: 'text', run: 'text' } as const

/** As it is stored in `meta`, and passed with a call: "maxAge maxCount maxBytes unreadFactor expires topic", "-" where there is no bound. */
export function endBoundsArgument(limits: OutcomeLimits | undefined, topic: string): string {
  if (!limits) return limits === false ? 'off' : ''
  const { maxAgeMs, maxCount, maxBytes, unreadFactor, groupExpiresMs } = limits
  const bounds = [maxAgeMs, maxCount, maxBytes].map((bound) => bound ?? '-')
  return [...bounds, unreadFactor, groupExpiresMs, topic].join(' ')
}

/** Characters of two to four bytes, as Lua's patterns. */
const CHARACTERS = [
  '[\\194-\\223][\\128-\\191]',
  '\\224[\\160-\\191][\\128-\\191]',
  '[\\225-\\236\\238\\239][\\128-\\191][\\128-\\191]',
  '\\237[\\128-\\159][\\128-\\191]',
  '\\240[\\144-\\191][\\128-\\191][\\128-\\191]',
  '[\\241-\\243][\\128-\\191][\\128-\\191][\\128-\\191]',
  '\\244[\\128-\\143][\\128-\\191][\\128-\\191]',
]

/**
 * `readable(text)`: with U+FFFD in place of each byte that is no UTF-8. Only another program writes such, into the record of a task; a client
 * would count other lengths than the frame says.
 */
const READABLE: Part = definePart({
  name: 'READABLE',
  needs: '',
  gives: 'readable',
  lua: lua`
local characters = { ${CHARACTERS.map((pattern) => `'${pattern}'`).join(', ')} }
local function replaced(run)
  local pieces, at = {}, 1
  while at <= #run do
    local last
    for _, character in ipairs(characters) do
      local _, found = string.find(run, '^' .. character, at)
      last = last or found
    end
    pieces[#pieces + 1] = last and string.sub(run, at, last) or '\\239\\191\\189'
    at = (last or at) + 1
  end
  return table.concat(pieces)
end
local function readable(text)
  local rest = text
  for _, character in ipairs(characters) do rest = string.gsub(rest, character, '.') end
  return string.find(rest, '[\\128-\\255]') and string.gsub(text, '[\\128-\\255]+', replaced) or text
end
`,
})

/**
 * `addEnd(id, outcome, units)`: one more to be appended, where outcomes are kept: then `ends` is a list, as OPEN_ENDS makes it. A frame gives
 * the lengths of its bodies in code units of UTF-16: `units` is that of the outcome, for who knows it, since to count costs 25 µs a KiB.
 */
export const ADD_END: Part = definePart({
  name: 'ADD_END',
  needs: '',
  gives: 'ends endUnits addEnd',
  lua: lua`
local ends
local endUnits = {}
local function unitsOf(text)
  if not string.find(text, '[\\128-\\255]') then return #text end
  local _, following = string.gsub(text, '[\\128-\\191]', '')
  local _, astral = string.gsub(text, '[\\240-\\247]', '')
  return #text - following + astral
end
local function addEnd(id, outcome, units)
  if not ends then return end
  -- As outcomeBody in core writes it.
  local own = id and string.gsub(id, '[%%\\n]', { ['%'] = '%25', ['\\n'] = '%0A' }) or ''
  if string.find(units and own or own .. outcome, '[\\128-\\255]') then
    ${READABLE}
    own = readable(own)
    if not units then outcome = readable(outcome) end
  end
  ends[#ends + 1] = own .. '\\n' .. outcome
  endUnits[#ends] = unitsOf(own) + 1 + (units or unitsOf(outcome))
end
`,
})

const APPEND_ENDS = appendOf('ends[i]', 'ends')

/**
 * Before the first write: opens the log, where outcomes are kept. `appendEnds()`, once, at the end, appends what ADD_END was given, and
 * answers "ms group", a group to remove whose members were away for longer than these ms, or nil. It must not fail, after other writes: what a log
 * does not take, since another program wrote the last possible id to it, is counted as foreign. `given`: Lua of the caller's bounds, or ''.
 */
export const openEnds = (given: string): Part =>
  definePart({
    name: 'openEnds',
    needs: `m ends endUnits run now time foreign outcomeKeys${given === `''` ? '' : ` ${given}`}`,
    gives: 'appendEnds',
    lua: lua`
local appendEnds
do
  local text = ${given} ~= '' and ${given} or m[13] or ''
  local age, mostCount, mostBytes, factor, expiry, topic = string.match(text, '^([%d-]+) ([%d-]+) ([%d-]+) (%d+) (%d+) (.+)$')
  local function isBound(text) return text == '-' or (string.find(text, '^[1-9]%d*$') and #text < 17) end
  if topic and isBound(age) and isBound(mostCount) and isBound(mostBytes) and isBound(factor) and #expiry < 17 then
    local seq, log, readers = outcomeKeys.seq, outcomeKeys.log, outcomeKeys.readers
    local floors, alive, bells = outcomeKeys.floors, outcomeKeys.alive, outcomeKeys.bells
    local maxAge, maxCount, maxBytes = tonumber(age), tonumber(mostCount), tonumber(mostBytes)
    local unreadFactor, expires = tonumber(factor), tonumber(expiry)
    local function digits(text) return text and #text < 17 and string.find(text, '^%d+$') and text or nil end
    local function whole16(number) return string.format('%.0f', number) end
    ends = {}
    ${READ_SEQ}
    ${READ_LOG}
    appendEnds = function()
      local count = #ends
      if count == 0 then return end
      ${APPEND_ENDS}
      if appendFirst() then
        foreign = foreign + count
        return
      end
      local first, largest = whole16(n + 1), 0
      for i = 1, count do
        if i > 1 then keep(i) end
        local size = #ends[i]
        bytes = bytes + size
        if size > largest then largest = size end
      end
      redis.pcall('PUBLISH', topic, epoch .. ' ' .. first .. ' ' .. table.concat(endUnits, ',') .. '\\n' .. table.concat(ends))
      ${NOTE_LOG}
      ${DROP}
      ${RING}
      return silent[1] and expiry .. ' ' .. silent[1]
    end
  end
end
`,
  })

/** Notes the bounds that came with the call, for those without. `guard`: Lua of what else has to hold. */
export const noteEnds = (given: string, guard = ''): Part =>
  definePart({
    name: 'noteEnds',
    needs: `m meta ${given}${guard === '' ? '' : ' accepted'}`,
    gives: '',
    lua: lua`if ${given} ~= '' and ${given} ~= m[13]${guard} then redis.call('HSET', meta, 'outcomes', ${given}) end
`,
  })
