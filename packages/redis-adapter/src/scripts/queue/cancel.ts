import { readArguments } from '../arguments.ts'
import { OUTCOME_PARTS, queuePartsBut } from '../../keys.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { IDS, END_ID, OWN_ID, TELL_END } from '../parts/endings.ts'
import { ADD_END, openEnds } from '../parts/ends.ts'
import { CHECK_FLOW, FLOW } from '../parts/flow.ts'
import { FOREIGN, REPORT_LATER } from '../parts/foreign.ts'
import { AMOUNT, NOTE_KEPT, KEEP_OUTCOMES, KEPT, keepLimits, OUTCOME, READ_KEPT } from '../parts/keep.ts'
import { CLAIMABLE } from '../parts/claimable.ts'
import { TELL, TELL_ROOM, WAKE } from '../parts/hints.ts'
import { TAKE_OUT } from '../parts/lines.ts'
import { LEAVE_KEY, KEY_PLACES } from '../parts/key-places.ts'
import { CHECK_SHARED, KEYS_OF } from '../parts/keys.ts'
import { LIMITS_IN, QUEUE_FREE, SHARED } from '../parts/shared-limits.ts'
import { WHOLE, LEVEL_OF, META, NOW } from '../parts/meta.ts'
import { ADD_TOTALS, Total } from '../parts/totals.ts'

/** `task`: "#n" or "=id". `listeners`: topic of the queue's. `run`: the server's, or ''. */
export const CANCEL = { task: 'text', reason: 'text', listeners: 'text', run: 'text' } as const

/**
 * KEYS     all parts of the queue but producers, lanes, graves, moved; those of its outcomes
 * ARGV     CANCEL
 * RETURNS  "cancelled" | "too-late"
 * The number leaves its list where it is among the first or the last 1,000; in the middle of a long one it stays, and a claim skips it.
 * O(1,000), whatever the queue's length.
 */
export const cancelScript: Script = defineScript({
  name: 'cancel',
  parts: [...queuePartsBut('producers', 'lanes', 'graves', 'moved'), ...OUTCOME_PARTS],
  allowOom: true,
  lua: lua`
${readArguments(CANCEL)}${arrangeParts(NOW, META, WHOLE, LEVEL_OF, TELL, TELL_ROOM, keepLimits(), AMOUNT, NOTE_KEPT, FOREIGN, REPORT_LATER, OUTCOME, IDS, END_ID, KEPT, KEEP_OUTCOMES, TELL_END, OWN_ID, TAKE_OUT, ADD_TOTALS, ADD_END, FLOW, LIMITS_IN, SHARED, KEYS_OF, KEY_PLACES, LEAVE_KEY, QUEUE_FREE, CLAIMABLE)}
redis.call('HLEN', tasks)
local n, own = string.match(task, '^#(%d+)$'), nil
redis.call('HLEN', ids)
if not n then
  own = string.sub(task, 2)
  local known = redis.call('HGET', ids, own)
  n = known and string.match(known, '^%d+')
end
local record = n and redis.call('HGET', tasks, n)
if not record then return 'too-late' end

-- Read and check.
local lease = n .. '#' .. whole(redis.call('HGET', runs, n))
local running = redis.call('ZSCORE', leases, lease)
redis.call('HLEN', crashes)
redis.call('HLEN', failures)${READ_KEPT}redis.call('HLEN', notes)
redis.call('ZCARD', ended)
redis.call('ZCARD', dead)
local topics = redis.call('HGET', waiters, n)
local hasRoom = redis.call('ZCARD', room) > 0
local id = own or ownIdOf(record)
for level in string.gmatch(m[3] or '', '%d') do redis.call('ZCARD', KEYS[LATER + level]) end
local level = levelOf(record)
redis.call('LLEN', KEYS[READY + level])
redis.call('LLEN', suspects)
${CHECK_SHARED}${CHECK_FLOW}redis.call('ZCARD', idle)
${openEnds(`''`)}
local claimableBefore = m[14] and claimableAt()
-- Write.
if running then
  redis.call('ZREM', leases, lease)
else
  local wasDelayed = 0
  for level in string.gmatch(m[3] or '', '%d') do wasDelayed = wasDelayed + redis.call('ZREM', KEYS[LATER + level], n) end
  if leaveKey(n, wasDelayed > 0 and 'delayed' or 'waiting') then
    saveKeys()
  elseif wasDelayed == 0 then
    takeOut(level, n)
  end
end
if running and leaveKey(n, 'running') then saveKeys() end
redis.call('HDEL', tasks, n)
redis.call('HDEL', runs, n)
redis.call('HDEL', crashes, n)
redis.call('HDEL', failures, n, 'e' .. n)
redis.call('HDEL', notes, n, 'm' .. n, 'l' .. n)
local outcome = n .. '|K|' .. string.format('%.0f', now) .. '|' .. reason
keepOutcomes({ n, outcome })
addTotals(${Total.cancelled}, 1)
if id then endId(n, id) end
addEnd(id, outcome)
flow.ended({ n }, { outcome })
if ends then appendEnds() end
if topics then
  redis.call('HDEL', waiters, n)
  tellEnd(topics, outcome)
end
if running then
  tell(listeners, 'c', lease .. '|' .. reason)
elseif hasRoom then
  tellRoom(1)
end
-- What it took of the limits, or the hold of its key, is free.
if flow.added or (m[14] and isSooner(claimableBefore)) then
  ${WAKE}
  wake()
end
reportLater(0)
return 'cancelled'
`,
})
