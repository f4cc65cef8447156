/** Lua about the numbers of tasks, of a queue's batch. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/**
 * Gives `n`, after which the numbers of up to `count` tasks follow, and `numberOf(i)`, the text of number `n + i`, called in the order of
 * `i`. Sixteen digits cost as much as a command to format, so ten numbers share all but the last; for that a batch passes over up to nine
 * numbers. Never behind the clock (us), so that a server that lost its last writes gives no number twice.
 */
export const TASK_NUMBERS: Part = definePart({
  name: 'TASK_NUMBERS',
  needs: 'm time count',
  gives: 'n numberOf',
  lua: lua`
local n = math.max(tonumber(m[2]) or 0, time[1] * 1000000 + time[2])
if count >= 10 then n = n - n % 10 + 9 end
local DIGITS, tens = { [0] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' }, nil
local function numberOf(i)
  if count < 10 then return string.format('%.0f', n + i) end
  local digit = (i - 1) % 10
  if digit == 0 then tens = string.format('%.0f', (n + i) / 10) end
  return tens .. DIGITS[digit]
end
`,
})
