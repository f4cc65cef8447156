import { definePart } from '../define-part.ts'
import type { Part } from '../define-part.ts'
import { lua } from '../lua.ts'

/**
 * The settlements of a turn, of a queue as of a group: ARGV[LEASE + i] and ARGV[ACT + i], for i up to `count`, after `others` other
 * arguments. An act's first letter says what becomes of its task. Refuses what is not understood. `buries`, `expires`, `differs`: whether one
 * does; `completes`: whether all complete.
 */
export const actsAfter = (others: number): Part =>
  definePart({
    name: 'actsAfter',
    needs: 'count',
    gives:
      'LEASE ACT COMPLETE COMPLETE_EMPTY OTHERWISE RETRY_CHARGED RETRY RELEASE BURY_CHARGED BURY EXPIRE buries expires differs completes',
    lua: lua`
local LEASE, ACT = ${others}, ${others} + count
-- C, c, O, R, r, F, B, b, X.
local COMPLETE, COMPLETE_EMPTY, OTHERWISE, RETRY_CHARGED, RETRY = 67, 99, 79, 82, 114
local RELEASE, BURY_CHARGED, BURY, EXPIRE = 70, 66, 98, 88
local buries, expires, differs, completes = false, false, false, true
for i = 1, count do
  local act = ARGV[ACT + i]
  local kind = string.byte(act)
  if kind ~= COMPLETE and kind ~= COMPLETE_EMPTY then completes = false end
  if kind == RETRY_CHARGED or kind == RETRY then
    if not string.find(act, '^%a%d+$') and not string.find(act, '^R%d+|') then return redis.error_reply('MQARGS a delay is not a number') end
  elseif kind == BURY_CHARGED or kind == BURY then
    buries = true
  elseif kind == EXPIRE then
    expires = true
  elseif kind == OTHERWISE and string.find(act, '^O[Cc]') then
    differs = true
  elseif not (kind == COMPLETE or kind == COMPLETE_EMPTY or kind == RELEASE) then
    return redis.error_reply('MQARGS an act is not known')
  end
end
`,
  })
