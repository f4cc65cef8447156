/** Lua about entries that another program wrote into lists of ours: dropped, counted, and reported by a turn. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** Gives `foreign`, to which whoever drops an entry of another program adds. */
export const FOREIGN: Part = definePart({
  name: 'FOREIGN',
  needs: '',
  gives: 'foreign',
  lua: lua`
local foreign = 0
`,
})

/**
 * `skip(missing, strange)` counts what was popped: numbers without a task, of which `meta.left` says
 * how many cancel and replace left there, and what is not of ours in any case.
 */
export const SKIP: Part = definePart({
  name: 'SKIP',
  needs: 'amount meta foreign',
  gives: 'skip',
  lua: lua`
local function skip(missing, strange)
  local left = missing > 0 and amount(redis.call('HGET', meta, 'left')) or 0
  local ours = math.min(left, missing)
  if ours > 0 then redis.call('HSET', meta, 'left', string.format('%.0f', left - ours)) end
  foreign = foreign + missing - ours + strange
end
`,
})

/** Writes what was counted, at the end. */
const COUNT_FOREIGN: Part = definePart({
  name: 'COUNT_FOREIGN',
  needs: 'meta foreign amount',
  gives: 'countForeign',
  lua: lua`
local function countForeign()
  if foreign == 0 then return end
  redis.call('HSET', meta, 'foreign', string.format('%.0f', amount(redis.call('HGET', meta, 'foreign')) + foreign))
end
`,
})

/** `reportLater(letters)`, at the end, where the reply has no place for a report: the next turn makes it. */
export const REPORT_LATER: Part = definePart({
  name: 'REPORT_LATER',
  needs: 'foreign meta amount',
  gives: 'reportLater',
  lua: lua`${COUNT_FOREIGN}local function reportLater(letters)
  countForeign()
  if foreign + letters == 0 then return end
  local before, foreignBefore = string.match(redis.call('HGET', meta, 'unreported') or '', '^(%d+),(%d+)$')
  redis.call('HSET', meta, 'unreported', string.format('%.0f,%.0f', amount(before) + letters, amount(foreignBefore) + foreign))
end
`,
})

/**
 * What a turn reports: `reportOf(letters, unreported)`, at the end, is what it dropped, and what no turn has
 * reported, as text of its lane's record or ''.
 */
export const REPORT: Part = definePart({
  name: 'REPORT',
  needs: 'foreign meta amount',
  gives: 'reportOf',
  lua: lua`${COUNT_FOREIGN}local function reportOf(letters, unreported)
  countForeign()
  if unreported then
    redis.call('HDEL', meta, 'unreported')
    local before, foreignBefore = string.match(unreported, '^(%d+),(%d+)$')
    letters, foreign = letters + amount(before), foreign + amount(foreignBefore)
  end
  return letters + foreign > 0 and string.format(';%.0f,%.0f', letters, foreign) or ''
end
`,
})

/** `withReport(reply, text)` adds the two numbers at the end of a text of REPORT to a reply. */
export const WITH_REPORT: Part = definePart({
  name: 'WITH_REPORT',
  needs: '',
  gives: 'withReport',
  lua: lua`
local function withReport(reply, text)
  local letters, entries = string.match(text, ';(%d+),(%d+)$')
  reply[#reply + 1], reply[#reply + 2] = tonumber(letters), tonumber(entries)
  return reply
end
`,
})
