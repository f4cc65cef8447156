import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { DIGITS, GROUP_META } from './group-parts.ts'

/**
 * KEYS     meta leases hands held notes
 * ARGV     (lease, kind, body) for each note
 * RETURNS  a digit for each note: 1 its lease was held, 0 it was not
 * Keeps memos as long as their messages are the group's, and that a message which came back has started; nobody can hear of progress. O(notes · hand).
 */
export const groupNoteScript: Script = defineScript({
  name: 'group-note',
  parts: ['meta', 'leases', 'hands', 'held', 'notes'],
  allowOom: false,
  lua: lua`
${arrangeParts(DIGITS, GROUP_META)}
redis.call('HLEN', notes)
redis.call('HLEN', hands)
redis.call('HLEN', held)
local states = {}
for i = 1, #ARGV, 3 do
  local hand, index = string.match(ARGV[i], '^(%d+)%.(%d+)$')
  local bits = hand and redis.call('ZSCORE', leases, hand) and redis.call('HGET', held, hand) or ''
  local bit = hand and string.byte(bits, tonumber(index)) or 48
  states[#states + 1] = bit == 48 and '0' or '1'
  if bit == 50 and ARGV[i + 1] == 'start' then
    redis.call('HSET', held, hand, string.sub(bits, 1, index - 1) .. '3' .. string.sub(bits, index + 1))
  elseif bit ~= 48 and ARGV[i + 1] == 'memo' then
    local at = 0
    for id in string.gmatch(string.match(redis.call('HGET', hands, hand) or '', '|(.*)$') or '', '[^,]+') do
      at = at + 1
      if at == tonumber(index) then redis.call('HSET', notes, id, ARGV[i + 2]) end
    end
  end
end
return table.concat(states)
`,
})

export function parseHeld(reply: unknown): boolean[] {
  return Array.from(String(reply), (digit) => digit === '1')
}
