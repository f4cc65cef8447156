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

/** Needs `meta`, FOREIGN. How many dead letters, and entries of others, no turn has reported: from now on they are reported. */
export const TAKE_UNREPORTED: string = /* lua */ `
local function takeUnreported(stored)
  if not stored then return 0, 0 end
  redis.call('HDEL', meta, 'unreported')
  local letters, entries = string.match(stored, '^(%d+),(%d+)$')
  return amount(letters), amount(entries)
end
`
