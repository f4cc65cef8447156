import type { News } from '@mq/core/adapter'
import { MAX_BATCH_BYTES, outcomeBody, PARENT_FAILED } from '@mq/core/adapter'
import { OUTCOME_PARTS, queuePartsBut } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { argumentsOf, lengthOf, readArguments } from '../arguments.ts'
import type { Values } from '../arguments.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { BURY, END_ID, IDS, LEAVE, OWN_ID, TELL_END } from '../parts/endings.ts'
import { ADD_END, ENDS, openEnds } from '../parts/ends.ts'
import { BLOCKED, CHECK_FLOW, FLOW } from '../parts/flow.ts'
import { FOREIGN, REPORT_LATER } from '../parts/foreign.ts'
import { TELL, WAKE } from '../parts/hints.ts'
import { AMOUNT, KEEP_OUTCOMES, keepLimits, KEPT, NOTE_KEPT, OUTCOME, READ_KEPT } from '../parts/keep.ts'
import { KEY_PLACES, LEAVE_KEY } from '../parts/key-places.ts'
import { CHECK_SHARED, KEYS_OF } from '../parts/keys.ts'
import { META, NOW, WHOLE } from '../parts/meta.ts'
import { LIMITS_IN, SHARED } from '../parts/shared-limits.ts'
import { ADD_TOTALS, Total } from '../parts/totals.ts'

/** `endCount`: how many ends follow. */
const TOLD = { endCount: 'number' } as const
/** Of each end. `text`: "state|at|body"; `grave`: JSON of the reason and the detail of a burial. */
const END = { text: 'text', grave: 'text' } as const
/** Of each child. `which`: of the ends, from 1. */
const CHILD = { n: 'text', index: 'number', which: 'number' } as const

const FIRST = lengthOf(ENDS) + lengthOf(TOLD) + 1

/**
 * KEYS     all parts of the queue but producers, lanes, moved, room, ready; those of its outcomes
 * ARGV     ENDS, TOLD, END for each end, CHILD for each child
 * RETURNS  1 for each child, or 0 where it is left over, since much had to be moved
 * A blocked child that all parents are known of becomes due; one whose parent did not complete is buried or cancelled, unless it runs all the
 * same. Others are left as they are. O(children · log n).
 */
export const tellScript: Script = defineScript({
  name: 'tell',
  parts: [...queuePartsBut('producers', 'lanes', 'moved', 'room', 'ready'), ...OUTCOME_PARTS],
  allowOom: false,
  lua: lua`
${readArguments(ENDS)}
${readArguments(TOLD, lengthOf(ENDS) + 1)}
local CHILDREN = ${FIRST} + ${lengthOf(END)} * (endCount or 0)
local count = (#ARGV - CHILDREN + 1) / ${lengthOf(CHILD)}
if not endCount or count < 1 or count > 1000 or count % 1 ~= 0 then return redis.error_reply('MQARGS news are not right') end
local ns, indices, whose, slots = {}, {}, {}, {}
for i = 1, count do
  ${readArguments(CHILD, `CHILDREN + ${lengthOf(CHILD)} * (i - 1)`)}
  if not string.find(n, '^%d+$') or not (index and which and which >= 1 and which <= endCount and which % 1 == 0) then
    return redis.error_reply('MQARGS a child is not right')
  end
  ns[i], indices[i], whose[i], slots[i] = n, index, ${FIRST} + ${lengthOf(END)} * (which - 1), n .. '.' .. string.format('%.0f', index)
end
${arrangeParts(NOW, META, WHOLE, TELL, WAKE, keepLimits(), AMOUNT, NOTE_KEPT, FOREIGN, REPORT_LATER, OUTCOME, IDS, END_ID, KEPT, KEEP_OUTCOMES, OWN_ID, TELL_END, LEAVE, BURY, ADD_TOTALS, ADD_END, FLOW, LIMITS_IN, SHARED, KEYS_OF, KEY_PLACES, LEAVE_KEY)}
-- Read and check.
for _, key in ipairs({ tasks, runs, crashes, failures, ids, results, waiters, notes, graves }) do redis.call('HLEN', key) end
for _, key in ipairs({ ended, dead, idle, leases }) do redis.call('ZCARD', key) end
redis.call('LLEN', suspects)
${CHECK_SHARED}${CHECK_FLOW}${READ_KEPT}${openEnds('endBounds')}
local levelOfTask = {}
for level in string.gmatch(m[3], '%d') do
  local due = redis.call('ZMSCORE', KEYS[LATER + level], unpack(ns))
  for i = 1, count do
    if due[i] and tonumber(due[i]) >= ${BLOCKED} then levelOfTask[ns[i]] = level end
  end
end
local texts, known = redis.call('HMGET', flow.kin, unpack(ns)), redis.call('HMGET', flow.kin, unpack(slots))

-- What becomes of each.
local heads, told, answers = {}, {}, {}
local sunk, sunkBy, due, bytes = {}, {}, {}, 0
for i = 1, count do
  local n, text = ns[i], ARGV[whose[i]]
  local head = heads[n]
  if not head and texts[i] and levelOfTask[n] then
    local onDead, depth, delay, most, got, bad = string.match(texts[i], '^(%a) (%d+) (%d+) (%d+) (%d+) (-?%d+)$')
    head = onDead and { onDead = onDead, first = onDead .. ' ' .. depth .. ' ' .. delay .. ' ' .. most, delay = tonumber(delay), most = tonumber(most), heard = tonumber(got), bad = bad }
    heads[n] = head or nil
  end
  local before = told[slots[i]] or known[i]
  local at, was = tonumber(string.match(text, '^%a|(%d+)') or 0), before and tonumber(string.match(before, '^%a|(%d+)') or 0)
  answers[i] = 1
  if head and not head.isOver and indices[i] < head.most and not (was and was > at) then
    local sinks = head.onDead ~= 'r' and not string.find(text, '^[Cc]')
    local size = sinks and redis.call('HSTRLEN', tasks, n) or #text
    if bytes > 0 and bytes + size > ${MAX_BATCH_BYTES} then
      answers[i] = 0
    else
      bytes = bytes + size
      told[slots[i]] = text
      if not before then head.heard = head.heard + 1 end
      head.isChanged = true
      if sinks then
        head.isOver, head.bad = true, string.format('%.0f', indices[i])
        sunk[#sunk + 1] = n
        sunkBy[n] = ARGV[whose[i] + 1]
      elseif head.heard >= head.most then
        head.isOver = true
        due[#due + 1] = n
      end
    end
  end
end

-- Write.
local fields = {}
local function put(field, value)
  fields[#fields + 1] = field
  fields[#fields + 1] = value
  if #fields >= 4000 then
    redis.call('HSET', flow.kin, unpack(fields))
    fields = {}
  end
end
for slot, text in pairs(told) do put(slot, text) end
for n, head in pairs(heads) do
  if head.isChanged then put(n, string.format('%s %.0f %s', head.first, head.heard, head.bad)) end
end
if #fields > 0 then redis.call('HSET', flow.kin, unpack(fields)) end
-- The next claim puts it in its place, as whatever is due.
for i = 1, #due do
  local level = levelOfTask[due[i]]
  redis.call('ZADD', KEYS[LATER + level], 'XX', string.format('%.0f', now + heads[due[i]].delay), due[i])
end
flow.unblocked(due)
if #sunk > 0 then
  local hasNotes = redis.call('HLEN', notes) > 0
  local records, itsRecords, over, outcomes, kept = redis.call('HMGET', tasks, unpack(sunk)), {}, {}, {}, {}
  local buried, died, letters = 0, 0, 0
  for i = 1, #sunk do
    local n, level = sunk[i], levelOfTask[sunk[i]]
    redis.call('ZREM', KEYS[LATER + level], n)
    if records[i] then
      over[#over + 1] = n
      itsRecords[#over] = records[i]
      if heads[n].onDead == 'b' then
        buried, died = buried + bury(n, 0, sunkBy[n], hasNotes and redis.call('HGET', notes, 'l' .. n)), died + 1
        outcomes[#over] = n .. '|D|' .. string.format('%.0f', now) .. '|' .. sunkBy[n]
      else
        outcomes[#over] = n .. '|K|' .. string.format('%.0f', now) .. '|${PARENT_FAILED}'
        kept[#kept + 1] = n
        kept[#kept + 1] = outcomes[#over]
      end
    end
    if m[14] then leaveKey(n, 'delayed') end
  end
  if #kept > 0 then keepOutcomes(kept) end
  if #over > 0 then leave(over, itsRecords, outcomes) end
  saveKeys()
  if buried > 0 then letters = trimDead(buried) end
  addTotals(${Total.dead}, died, ${Total.cancelled}, #over - died)
  if ends then appendEnds() end
  reportLater(letters)
end
if flow.added or (#due > 0 and not m[6]) then wake() end
return answers
`,
})

export function tellArguments({ ends, children }: News, bounds: Values<typeof ENDS>): (string | number)[] {
  return [
    ...argumentsOf(ENDS, bounds),
    ...argumentsOf(TOLD, { endCount: ends.length }),
    ...ends.flatMap(({ why, ...end }) => {
      const text =
        end.state === 'unknown' ? `U|${end.endedAt}|` : outcomeBody({ n: '0', outcome: end }).slice('\n0|'.length)
      return argumentsOf(END, { text, grave: JSON.stringify([PARENT_FAILED, why]) })
    }),
    ...children.flatMap(({ n, index, end }) => argumentsOf(CHILD, { n, index, which: end + 1 })),
  ]
}

export function parseTold(reply: unknown): boolean[] {
  return (reply as number[]).map((done) => done === 1)
}
