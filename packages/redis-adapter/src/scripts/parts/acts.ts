import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/**
 * The settlements of a turn, of a queue as of a group: ARGV[LEASE + 2 * i] and ARGV[ACT + 2 * i], for i up to `count`, after `others` other
 * arguments. An act's first letter says what
 * becomes of its task. Refuses what is not understood. `buries`, `expires`: whether one does.
 */
export const actsAfter = (others: number): Part =>
  definePart({
    name: 'actsAfter',
    needs: 'count',
    gives: 'LEASE ACT COMPLETE COMPLETE_EMPTY RETRY_CHARGED RETRY RELEASE BURY_CHARGED BURY EXPIRE buries expires',
    lua: lua`
local LEASE, ACT = ${others - 1}, ${others}
-- C, c, R, r, F, B, b, X.
local COMPLETE, COMPLETE_EMPTY, RETRY_CHARGED, RETRY = 67, 99, 82, 114
local RELEASE, BURY_CHARGED, BURY, EXPIRE = 70, 66, 98, 88
local buries, expires = false, false
for i = 1, count do
  local act = ARGV[ACT + 2 * i]
  local kind = string.byte(act)
  if kind == RETRY_CHARGED or kind == RETRY then
    if not string.find(act, '^%a%d+$') and not string.find(act, '^R%d+|') then return redis.error_reply('MQARGS a delay is not a number') end
  elseif kind == BURY_CHARGED or kind == BURY then
    buries = true
  elseif kind == EXPIRE then
    expires = true
  elseif not (kind == COMPLETE or kind == COMPLETE_EMPTY or kind == RELEASE) then
    return redis.error_reply('MQARGS an act is not known')
  end
end
`,
  })
