/** Lua of batches that replace tasks, which may touch all but the workers' lanes: one that waits or is delayed ends as cancelled, and the new one has a number of its own. */
import { definePart } from './define-part.ts'
import type { Part } from './define-part.ts'
import { lua } from './lua.ts'
import { BURY, IDS, LEAVE, OWN_ID, TAKE_OUT, TELL_END } from './lua-endings.ts'
import { FOREIGN, REPORT_LATER, SKIP } from './lua-foreign.ts'
import { TELL } from './lua-hints.ts'
import { KEEP_OUTCOMES, keepLimits, KEPT, OUTCOME, READ_KEPT } from './lua-keep.ts'
import { COUNTERS, LEVEL_OF } from './lua-parts.ts'

/** `placeOf(n)`: 'running', nil when it has ended, or the task's number, record and level, and whether it waits. */
export const REPLACE_FUNCTIONS: Part = definePart({
  name: 'REPLACE_FUNCTIONS',
  needs: [
    'meta',
    'm',
    'results',
    'now',
    'dead',
    'ended',
    'ids',
    'tasks',
    'failures',
    'crashes',
    'runs',
    'graves',
    'waiters',
    'notes',
    'order',
    'READY',
    'suspects',
    'leases',
    'LATER',
  ],
  gives: [
    'tell',
    'isKept',
    'forgetIds',
    'whole',
    'skip',
    'reportLater',
    'bury',
    'trimDead',
    'leave',
    'keptCount',
    'oldestRun',
    'keepOutcomes',
    'takeOut',
    'placeOf',
  ],
  lua: lua`${TELL}${keepLimits()}${OUTCOME}${IDS}${COUNTERS}${FOREIGN}${SKIP}${REPORT_LATER}${TELL_END}${OWN_ID}${BURY}${LEAVE}${KEPT}${KEEP_OUTCOMES}${LEVEL_OF}${TAKE_OUT}
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

export const REPLACE_CHECK: Part = definePart({
  name: 'REPLACE_CHECK',
  needs: [
    'results',
    'keptCount',
    'order',
    'oldestRun',
    'dead',
    'ended',
    'suspects',
    'READY',
    'LATER',
    'ids',
    'graves',
    'runs',
    'crashes',
    'failures',
    'notes',
    'waiters',
  ],
  gives: [],
  lua: lua`${READ_KEPT}redis.call('ZCARD', dead)
redis.call('ZCARD', ended)
redis.call('LLEN', suspects)
for level = 0, 9 do
  redis.call('LLEN', KEYS[READY + level])
  redis.call('ZCARD', KEYS[LATER + level])
end
for _, key in ipairs({ ids, graves, runs, crashes, failures, notes, waiters }) do redis.call('HLEN', key) end
`,
})

export const REPLACE: Part = definePart({
  name: 'REPLACE',
  needs: ['now', 'count', 'fate', 'replaced', 'LATER', 'takeOut', 'leave'],
  gives: ['kept', 'ending'],
  lua: lua`
local over, itsRecords, outcomes, kept, taken = {}, {}, {}, {}, {}
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
    if not old.waits then
      redis.call('ZREM', KEYS[LATER + level], old.n)
    else
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
  needs: ['superseded', 'i', 'number', 'kept', 'ending'],
  gives: [],
  lua: lua`
    if superseded[i] then
      kept[#kept + 1] = number
      kept[#kept + 1] = number .. ending
    end
`,
})

export const KEEP_REPLACED: Part = definePart({
  name: 'KEEP_REPLACED',
  needs: ['kept', 'keepOutcomes'],
  gives: [],
  lua: lua`
  if #kept > 0 then keepOutcomes(kept) end
`,
})
