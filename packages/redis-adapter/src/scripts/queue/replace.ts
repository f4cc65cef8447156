/** Lua of batches that replace tasks, which may touch all but the workers' lanes: one that waits or is delayed ends as cancelled, and the new one has a number of its own. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { IDS, END_ID, LEAVE, OWN_ID, TELL_END } from '../parts/endings.ts'
import { ADD_END, openEnds } from '../parts/ends.ts'
import { CHECK_FLOW, FLOW } from '../parts/flow.ts'
import { FOREIGN, REPORT_LATER } from '../parts/foreign.ts'
import { CLAIMABLE } from '../parts/claimable.ts'
import { TELL } from '../parts/hints.ts'
import { AMOUNT, KEEP_OUTCOMES, keepLimits, KEPT, NOTE_KEPT, OUTCOME, READ_KEPT } from '../parts/keep.ts'
import { TAKE_OUT } from '../parts/lines.ts'
import { LEAVE_KEY, KEY_PLACES } from '../parts/key-places.ts'
import { CHECK_SHARED, KEYS_OF } from '../parts/keys.ts'
import { LIMITS_IN, QUEUE_FREE, SHARED } from '../parts/shared-limits.ts'
import { LEVEL_OF, WHOLE } from '../parts/meta.ts'
import { ADD_TOTALS, Total } from '../parts/totals.ts'

/** `placeOf(n)`: 'running', nil when it has ended, or the task's number, record and level, and whether it waits. */
const PLACE_OF: Part = definePart({
  name: 'PLACE_OF',
  needs: 'tasks leases runs whole m LATER levelOf',
  gives: 'placeOf',
  lua: lua`
local function placeOf(n)
  local record = redis.call('HGET', tasks, n)
  if not record then return nil end
  if redis.call('ZSCORE', leases, n .. '#' .. whole(redis.call('HGET', runs, n))) then return 'running' end
  local delayedAt
  for level in string.gmatch(m[3], '%d') do
    if redis.call('ZSCORE', KEYS[LATER + level], n) then delayedAt = level end
  end
  return { n = n, record = record, level = delayedAt or levelOf(record), waits = not delayedAt }
end
`,
})

/** What a batch that replaces tasks needs in front of its lines, but NOW and META. */
export const REPLACE_PARTS: readonly Part[] = [
  ...[TELL, keepLimits(), AMOUNT, NOTE_KEPT, OUTCOME, IDS, END_ID, WHOLE, FOREIGN, REPORT_LATER],
  ...[TELL_END, OWN_ID, LEAVE, KEPT, KEEP_OUTCOMES, LEVEL_OF, TAKE_OUT, PLACE_OF, ADD_TOTALS, ADD_END, FLOW],
  ...[LIMITS_IN, SHARED, KEYS_OF, KEY_PLACES, LEAVE_KEY, QUEUE_FREE, CLAIMABLE],
]

const OPEN_ENDS = openEnds('endBounds')

export const REPLACE_CHECK: Part = definePart({
  name: 'REPLACE_CHECK',
  needs: `flow places busy keyed ring paced results keptCount order oldestRun dead ended suspects READY LATER ids graves runs crashes failures notes waiters ${OPEN_ENDS.needs.join(' ')}`,
  gives: 'appendEnds',
  lua: lua`${READ_KEPT}${CHECK_SHARED}${CHECK_FLOW}redis.call('ZCARD', dead)
redis.call('ZCARD', ended)
redis.call('LLEN', suspects)
for level = 0, 9 do
  redis.call('LLEN', KEYS[READY + level])
  redis.call('ZCARD', KEYS[LATER + level])
end
for _, key in ipairs({ ids, graves, runs, crashes, failures, notes, waiters }) do redis.call('HLEN', key) end
${OPEN_ENDS}`,
})

export const REPLACE: Part = definePart({
  name: 'REPLACE',
  needs: 'now count fate replaced LATER takeOut leave leaveKey',
  gives: 'kept ending',
  lua: lua`
local over, itsRecords, outcomes, kept = {}, {}, {}, {}
local ending = '|K|' .. string.format('%.0f', now) .. '|replaced'
for i = 1, count do
  local old = not fate[i] and replaced[i]
  if old then
    over[#over + 1] = old.n
    itsRecords[#over] = old.record
    outcomes[#over] = old.n .. ending
    kept[#kept + 1] = old.n
    kept[#kept + 1] = old.n .. ending
    local level = old.level
    local isKeyed = leaveKey(old.n, old.waits and 'waiting' or 'delayed')
    if not old.waits then
      redis.call('ZREM', KEYS[LATER + level], old.n)
    elseif not isKeyed then
      takeOut(level, old.n)
    end
  end
end
if #over > 0 then leave(over, itsRecords, outcomes) end
`,
})

/** One that a later one of its batch replaces has only a number, and an end. */
export const SUPERSEDE: Part = definePart({
  name: 'SUPERSEDE',
  needs: 'superseded owned i number kept ending addEnd',
  gives: '',
  lua: lua`
    if superseded[i] then
      kept[#kept + 1] = number
      kept[#kept + 1] = number .. ending
      local own = owned[i][1]
      addEnd(string.sub(own, 1, 1) ~= '~' and own, number .. ending)
    end
`,
})

export const KEEP_REPLACED: Part = definePart({
  name: 'KEEP_REPLACED',
  needs: 'kept keepOutcomes addTotals',
  gives: '',
  lua: lua`
  if #kept > 0 then
    keepOutcomes(kept)
    addTotals(${Total.cancelled}, #kept / 2)
  end
`,
})
