/** Lua of how a turn of a queue is answered, and answered again. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { WITH_REPORT } from '../parts/foreign.ts'

/** The reply of a turn: `answer(…)`, with the text of a report or ''. */
export const ANSWER: Part = definePart({
  name: 'ANSWER',
  needs: 'hasRuns crashes failures notes now m again',
  gives: 'suspectsLeft answer',
  lua: lua`
local suspectsLeft = false
local function answer(fence, nextDue, stale, taken, records, report)
  local crashed, failed, memos = {}, {}, {}
  if hasRuns and #taken > 0 then
    local ns = {}
    for i = 1, #taken do ns[i] = string.match(taken[i], '^%d+') or '' end
    crashed = redis.call('HMGET', crashes, unpack(ns))
    failed = redis.call('HMGET', failures, unpack(ns))
    for i = 1, #ns do ns[i] = 'm' .. ns[i] end
    memos = redis.call('HMGET', notes, unpack(ns))
  end
  local reply = { now, string.format('%.0f', fence), nextDue, stale, table.concat(taken, ','), records, crashed, failed, memos,
    (suspectsLeft and 1 or 0) + (m[6] and 2 or 0) }
  if report ~= '' then
    ${WITH_REPORT}
    withReport(reply, report)
  end
  if again then reply[11], reply[12], reply[13] = reply[11] or 0, reply[12] or 0, again end
  return reply
end
`,
})

/**
 * A repeated turn is answered again. Claims that ended meanwhile (recovered, cancelled) are left out, but keep
 * their place in the counting of fences.
 */
export const REPLAY: Part = definePart({
  name: 'REPLAY',
  needs: 'previous seq leases tasks answer lookAgain',
  gives: '',
  lua: lua`
if previous then
  local previousSeq, staleBefore, fenceBefore, claimsBefore = string.match(previous, '^(%d+)|%d+|([^|]*)|(%d*)|(.*)$')
  previousSeq = tonumber(previousSeq) or 0
  if previousSeq > seq then return redis.error_reply('MQSTALE a newer turn of this lane was answered') end
  if previousSeq == seq then
    local taken, records = {}, {}
    for lease in string.gmatch(claimsBefore, '[^,]+') do
      local record = redis.call('ZSCORE', leases, lease) and redis.call('HGET', tasks, string.match(lease, '^%d+'))
      taken[#taken + 1] = record and lease or ''
      records[#records + 1] = record or ''
    end
    lookAgain()
    return answer(tonumber(fenceBefore) or 0, -1, string.match(staleBefore, '^[^;]*'), taken, records, staleBefore)
  end
end
`,
})
