/** Lua that counts what left a queue, ever: in `meta`, `completed`, and `totals`, six numbers by commas in the order of `Total`. */
import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/**
 * The places of the numbers. Nobody counts what is enqueued, as that would cost each batch: it is what is there and what left, without what came
 * back as `redriven`.
 */
export const Total = { failed: 1, retried: 2, dead: 3, expired: 4, cancelled: 5, redriven: 6 } as const

/** `addTotals(place, by, …)`. What somebody else wrote there counts as 0. */
export const ADD_TOTALS: Part = definePart({
  name: 'ADD_TOTALS',
  needs: 'amount meta',
  gives: 'addTotals',
  lua: lua`
local function addTotals(...)
  local numbers, added = {}, { ... }
  for number in string.gmatch(redis.call('HGET', meta, 'totals') or '', '[^,]+') do numbers[#numbers + 1] = amount(number) end
  if #numbers ~= 6 then numbers = { 0, 0, 0, 0, 0, 0 } end
  for i = 1, #added, 2 do numbers[added[i]] = numbers[added[i]] + added[i + 1] end
  redis.call('HSET', meta, 'totals', string.format('%.0f,%.0f,%.0f,%.0f,%.0f,%.0f', unpack(numbers)))
end
`,
})
