/** Lua about tasks that ended, as far as others wait for them. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** `hasEnded(n)`: something is kept of it. `endOf(n)`: how it ended, as "n|state|endedAt|body", or nil. */
export const ENDED_TASK: Part = definePart({
  name: 'ENDED_TASK',
  needs: 'flow results graves now keepLimits diedAt',
  gives: 'hasEnded endOf',
  lua: lua`
local function endOf(n)
  -- It is being reported, and perhaps kept nowhere else.
  local told = redis.call('HGET', flow.kin, '!e' .. n)
  if told then return string.match(told, '^%d+|(.*)$') end
  local outcome = redis.call('HGET', results, n)
  local whose, at = string.match(outcome or '', '^(%d+)|%a|(%d+)')
  if whose == n and now - at < keepLimits()[4] then return outcome end
  local died = diedAt(n)
  if not died then return nil end
  local facts = string.match(redis.call('HGET', graves, n) or '', '^%d+|%d+|%d+|([^\\n\\t]*)')
  return n .. '|D|' .. string.format('%.0f', died) .. '|' .. (facts or '["",""]')
end
local function hasEnded(n) return endOf(n) ~= nil end
`,
})
