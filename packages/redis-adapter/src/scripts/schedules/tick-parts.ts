/** Lua of a batch of ticks: an enqueue of their tasks, in the same step in which the schedules go on. */
import { lengthOf, readArguments } from '../arguments.ts'
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'
import { ENDS } from '../parts/ends.ts'
import { BATCH } from '../queue/enqueue-arguments.ts'
import { SCHEDULE_OF } from './schedule-parts.ts'

/**
 * Of each tick. `dueAt`: '' of one out of turn. `following`: when it is due next, or ''. `itsLast`: the instant of its last task, or ''
 * where that is `dueAt`. `itsTasks`: how many.
 */
export const TICK = {
  name: 'text',
  revision: 'text',
  dueAt: 'text',
  following: 'text',
  itsLast: 'text',
  itsTasks: 'number',
} as const

/** Behind BATCH and ENDS: how many ticks there are, then each. */
const PLACE = lengthOf(BATCH) + lengthOf(ENDS) + 1

/** As an expression behind where they begin. */
export const TICKS_LENGTH: string = ` + 1 + ${lengthOf(TICK)} * #ticks`

export const READ_TICKS: Part = definePart({
  name: 'READ_TICKS',
  needs: '',
  gives: 'ticks ticked',
  lua: lua`
local ticks, ticked, its = {}, {}, 0
for t = 1, tonumber(ARGV[${PLACE}]) or 0 do
  local at = ${PLACE + 1} + ${lengthOf(TICK)} * (t - 1)
  ${readArguments(TICK, 'at')}
  if not (itsTasks and itsTasks >= 0 and itsTasks % 1 == 0 and string.find(dueAt, '^%d*$') and string.find(following, '^%d*$')
    and (following == '' or dueAt ~= '' and tonumber(following) > tonumber(dueAt))
    and string.find(itsLast, '^%d*$') and #itsLast < 17 and (itsLast == '' or dueAt ~= '' and tonumber(itsLast) >= tonumber(dueAt))) then
    return redis.error_reply('MQARGS a tick is not right')
  end
  ticks[t] = { name, revision, dueAt, following, its + itsTasks, itsLast == '' and dueAt or itsLast }
  ticked[t] = name
  its = its + itsTasks
end
if not ticked[1] or #ticks > 1000 then return redis.error_reply('MQARGS a batch of ticks is not right') end
`,
})

/** `scheduled[t]`: what is written of the schedule of a tick that is done, from its body on; false of one that is not. */
export const CHECK_TICKS: Part = definePart({
  name: 'CHECK_TICKS',
  needs: `ticks ticked count schedules due now ${SCHEDULE_OF.needs.join(' ')}`.trim(),
  gives: 'scheduled',
  lua: lua`${SCHEDULE_OF}if ticks[#ticks][5] ~= count then return redis.error_reply('MQARGS a batch of ticks is not right') end
redis.call('ZCARD', due)
local scheduled = redis.call('HMGET', schedules, unpack(ticked))
for t = 1, #ticks do
  local tick = ticks[t]
  local revision, at, lastAt, lastTask, body = scheduleOf(scheduled[t])
  if revision ~= tick[2] or tick[3] ~= '' and (at ~= tick[3] or tonumber(at) > now) then
    scheduled[t] = false
  elseif tick[3] == '' then
    scheduled[t] = true
  else
    scheduled[t] = { lastAt .. '|' .. lastTask, string.sub(scheduled[t], body) }
  end
end
`,
})

/** The tasks of ticks that are not done get no number. */
export const DO_TICKS: Part = definePart({
  name: 'DO_TICKS',
  needs: 'ticks scheduled fate special base schedules due',
  gives: '',
  lua: lua`
do
  local records, times, first, given = {}, {}, 1, base
  for t = 1, #ticks do
    local tick, kept = ticks[t], scheduled[t]
    local last = tick[5]
    if not kept then
      for i = first, last do
        fate[i] = 's'
        special = true
      end
    else
      given = given + last - first + 1
      if kept ~= true then
        local lately = last < first and kept[1] or tick[6] .. '|' .. string.format('%.0f', given)
        records[#records + 1] = tick[1]
        records[#records + 1] = tick[2] .. '|' .. tick[4] .. '|' .. lately .. '\\n' .. kept[2]
        times[#times + 1] = tick[4] == '' and 'inf' or tick[4]
        times[#times + 1] = tick[1]
      end
    end
    first = last + 1
  end
  if #records > 0 then
    redis.call('HSET', schedules, unpack(records))
    redis.call('ZADD', due, unpack(times))
  end
end
`,
})
