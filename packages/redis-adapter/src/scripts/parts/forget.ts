import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/** Of the tasks `over` no failure and no error is kept any more. */
export const FORGET_FAILURES: Part = definePart({
  name: 'FORGET_FAILURES',
  needs: 'over failures',
  gives: '',
  lua: lua`
local forgotten = {}
for i = 1, #over do
  forgotten[2 * i - 1] = over[i]
  forgotten[2 * i] = 'e' .. over[i]
end
redis.call('HDEL', failures, unpack(forgotten))
`,
})

/** Of the tasks `over` no progress, no memo and no log is kept any more. */
export const FORGET_NOTES: Part = definePart({
  name: 'FORGET_NOTES',
  needs: 'over notes',
  gives: '',
  lua: lua`
local noted = {}
for i = 1, #over do
  noted[3 * i - 2] = over[i]
  noted[3 * i - 1] = 'm' .. over[i]
  noted[3 * i] = 'l' .. over[i]
end
redis.call('HDEL', notes, unpack(noted))
`,
})
