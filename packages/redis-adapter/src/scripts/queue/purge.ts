import { readArguments } from '../arguments.ts'
import type { CommandReply } from '@mq/core/adapter'
import { OUTCOME_PARTS, queuePartsBut } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { IDS, END_ID, LEAVE, OWN_ID, TELL_END } from '../parts/endings.ts'
import { ADD_END, openEnds } from '../parts/ends.ts'
import { CHECK_FLOW, FLOW } from '../parts/flow.ts'
import { FOREIGN, REPORT_LATER, SKIP } from '../parts/foreign.ts'
import { AMOUNT, NOTE_KEPT, KEEP_OUTCOMES, KEPT, keepLimits, OUTCOME, READ_KEPT } from '../parts/keep.ts'
import { CLAIMABLE } from '../parts/claimable.ts'
import { TELL, TELL_ROOM, WAKE } from '../parts/hints.ts'
import { PASS_BY } from '../parts/lines.ts'
import { FIRST_KEYED, LEAVE_KEY, KEY_PLACES } from '../parts/key-places.ts'
import { CHECK_SHARED, KEYS_OF } from '../parts/keys.ts'
import { LIMITS_IN, QUEUE_FREE, SHARED } from '../parts/shared-limits.ts'
import { FITTING, META, MOST_SKIPPED, NOW, WHOLE } from '../parts/meta.ts'
import { ADD_TOTALS, Total } from '../parts/totals.ts'

/** Records are read for their ids: about this many bytes in one call. */
const MOST_BYTES = 4_194_304

/** `state`: waiting or delayed. `limit`: 1–1,000. `run`: the server's, or ''. */
export const PURGE = { state: 'text', reason: 'text', limit: 'number', run: 'text' } as const

/**
 * KEYS     all parts of the queue but producers, lanes, graves; those of its outcomes
 * ARGV     PURGE
 * RETURNS  how many ended as cancelled, and 1 when there may be more, else 0
 * Oldest of the lowest level first, suspects last, fewer than the limit where they are large. O(limit + cancelled ones that are skipped).
 */
export const purgeScript: Script = defineScript({
  name: 'purge',
  parts: [...queuePartsBut('producers', 'lanes', 'graves'), ...OUTCOME_PARTS],
  allowOom: true,
  lua: lua`
${readArguments(PURGE)}
local isWaiting = state == 'waiting'
if not (isWaiting or state == 'delayed') or not (limit and limit >= 1 and limit <= 1000 and limit % 1 == 0) then
  return redis.error_reply('MQARGS a purge is not right')
end
${arrangeParts(NOW, META, WHOLE, PASS_BY, FITTING, TELL, TELL_ROOM, keepLimits(), AMOUNT, NOTE_KEPT, FOREIGN, SKIP, REPORT_LATER, OUTCOME, IDS, END_ID, KEPT, KEEP_OUTCOMES, OWN_ID, TELL_END, LEAVE, ADD_TOTALS, ADD_END, FLOW, LIMITS_IN, SHARED, KEYS_OF, KEY_PLACES, LEAVE_KEY, FIRST_KEYED, QUEUE_FREE, CLAIMABLE)}
for _, key in ipairs({ tasks, runs, crashes, failures, ids, results, waiters, notes, moved }) do redis.call('HLEN', key) end
for _, key in ipairs({ ended, dead, room }) do redis.call('ZCARD', key) end
redis.call('LLEN', suspects)
redis.call('ZCARD', idle)
${CHECK_SHARED}${CHECK_FLOW}${READ_KEPT}for level in string.gmatch(m[3], '%d') do
  redis.call('LLEN', KEYS[READY + level])
  redis.call('ZCARD', KEYS[LATER + level])
end
${openEnds(`''`)}
local claimableBefore = m[14] and claimableAt()
local bytes, changed, missing, strange, passed, isCut = 0, 0, 0, 0, 0, false
-- As many as are few bytes together.
local function fittingOf(ns)
  local fit = fitting(ns, ${MOST_BYTES} - bytes, bytes > 0)
  isCut = fit < #ns
  return fit
end
local function takeFrom(key, most)
  local ns = redis.call('LPOP', key, most) or {}
  for back = #ns, fittingOf(ns) + 1, -1 do
    redis.call('LPUSH', key, ns[back])
    ns[back] = nil
  end
  return ns
end
-- Those with a key, in the order in which they are stored.
local function takeKeyed(most)
  local ns = firstKeyed(most)
  for i = #ns, fittingOf(ns) + 1, -1 do ns[i] = nil end
  return ns
end
local function take(level, most)
  if level == 'keyed' then return takeKeyed(most) end
  if not level then return takeFrom(suspects, most) end
  if isWaiting then
    local ns = takeFrom(KEYS[READY + level], most)
    while m[11] and #ns > 0 do
      local kept = passBy(level, ns)
      passed = passed + #ns - #kept
      if #kept > 0 or passed >= ${MOST_SKIPPED} then return kept end
      ns = takeFrom(KEYS[READY + level], most)
    end
    return ns
  end
  local ns = redis.call('ZRANGE', KEYS[LATER + level], 0, most - 1)
  for i = #ns, fittingOf(ns) + 1, -1 do ns[i] = nil end
  if #ns > 0 then redis.call('ZREM', KEYS[LATER + level], unpack(ns)) end
  return ns
end

local ending = '|K|' .. string.format('%.0f', now) .. '|' .. reason
local function purge(level)
  while changed < limit and missing + strange < ${MOST_SKIPPED} and not isCut do
    local ns = take(level, limit - changed)
    if #ns == 0 then break end
    local found = redis.call('HMGET', tasks, unpack(ns))
    local over, records, outcomes, kept = {}, {}, {}, {}
    for i = 1, #ns do
      if not string.find(ns[i], '^%d+$') then
        strange = strange + 1
      elseif not found[i] then
        missing = missing + 1
      else
        over[#over + 1] = ns[i]
        records[#over] = found[i]
        bytes = bytes + #found[i]
        outcomes[#over] = ns[i] .. ending
        kept[2 * #over - 1] = ns[i]
        kept[2 * #over] = outcomes[#over]
      end
    end
    if #over > 0 then
      keepOutcomes(kept)
      for i = 1, m[14] and #over or 0 do leaveKey(over[i], isWaiting and 'waiting' or 'delayed') end
      leave(over, records, outcomes)
    end
    changed = changed + #over
  end
end
for digit in string.gmatch(string.reverse(m[3]), '%d') do purge(tonumber(digit)) end
if isWaiting then
  purge(nil)
  if m[14] then purge('keyed') end
end
saveKeys()
if changed > 0 then addTotals(${Total.cancelled}, changed) end
if ends then appendEnds() end
skip(missing, strange)
reportLater(0)
if isWaiting and changed > 0 then tellRoom(changed) end
-- A delayed task, or one that was set aside, may have held its key.
if flow.added or (m[14] and changed > 0 and isSooner(claimableBefore)) then
  ${WAKE}
  wake()
end
if isWaiting and (redis.call('LLEN', suspects) > 0 or redis.call('ZCARD', keyed) > 0) then return { changed, 1 } end
for level in string.gmatch(m[3], '%d') do
  local left = isWaiting and redis.call('LLEN', KEYS[READY + level]) or redis.call('ZCARD', KEYS[LATER + level])
  if left > 0 then return { changed, 1 } end
end
return { changed, 0 }
`,
})

export function parsePurged(reply: unknown): CommandReply {
  const [changed, more] = reply as [number, number]
  return { changed, more: more === 1 }
}
