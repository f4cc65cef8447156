/** Lua about entries that another program wrote into lists of ours: dropped, counted, and reported by a turn. */

/**
 * Needs `meta`, keepLimits. Gives `foreign`, to which whoever drops an entry of another program adds; `skip(missing, strange)` for what was
 * popped: numbers without a task, of which `meta.left` says how many cancel and replace left there, and what is not of ours in any case;
 * `countForeign()` at the end; `reportLater(letters)` instead, where the reply has no place for a report: the next turn makes it.
 */
export const FOREIGN: string = /* lua */ `
local foreign = 0
local function skip(missing, strange)
  local left = missing > 0 and amount(redis.call('HGET', meta, 'left')) or 0
  local ours = math.min(left, missing)
  if ours > 0 then redis.call('HSET', meta, 'left', string.format('%.0f', left - ours)) end
  foreign = foreign + missing - ours + strange
end
local function countForeign()
  if foreign == 0 then return end
  redis.call('HSET', meta, 'foreign', string.format('%.0f', amount(redis.call('HGET', meta, 'foreign')) + foreign))
end
local function reportLater(letters)
  countForeign()
  if foreign + letters == 0 then return end
  local before, foreignBefore = string.match(redis.call('HGET', meta, 'unreported') or '', '^(%d+),(%d+)$')
  redis.call('HSET', meta, 'unreported', string.format('%.0f,%.0f', amount(before) + letters, amount(foreignBefore) + foreign))
end
`

/**
 * Needs `meta`, FOREIGN. What a turn reports: `reportOf(letters, unreported)` is what it dropped, and what no turn has reported, as text of its
 * lane's record or ''; `withReport(reply, text)` adds the two numbers at the end of such a text to a reply.
 */
export const REPORT: string = /* lua */ `
local function reportOf(letters, unreported)
  countForeign()
  if unreported then
    redis.call('HDEL', meta, 'unreported')
    local before, foreignBefore = string.match(unreported, '^(%d+),(%d+)$')
    letters, foreign = letters + amount(before), foreign + amount(foreignBefore)
  end
  return letters + foreign > 0 and string.format(';%.0f,%.0f', letters, foreign) or ''
end
local function withReport(reply, text)
  local letters, entries = string.match(text, ';(%d+),(%d+)$')
  reply[#reply + 1], reply[#reply + 2] = tonumber(letters), tonumber(entries)
  return reply
end
`
