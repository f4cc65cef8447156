import { lengthOf, readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { DIGITS, GROUP_META } from './group-parts.ts'

/** `kind`: start, memo or progress. */
export const GROUP_NOTE = { lease: 'text', kind: 'text', body: 'text' } as const

/**
 * KEYS     meta leases hands held notes
 * ARGV     GROUP_NOTE for each note
 * RETURNS  a digit for each note: 1 its lease was held, 0 it was not
 * Keeps memos as long as their messages are the group's, and that a message which came back has started; nobody can hear of progress. O(notes · hand).
 */
export const groupNoteScript: Script = defineScript({
  name: 'group-note',
  parts: ['meta', 'leases', 'hands', 'held', 'notes'],
  allowOom: true, // or a full server would fail, and bury, the messages whose end frees its memory
  lua: lua`
${arrangeParts(DIGITS, GROUP_META)}
redis.call('HLEN', notes)
redis.call('HLEN', hands)
redis.call('HLEN', held)
local states = {}
for at = 1, #ARGV, ${lengthOf(GROUP_NOTE)} do
  ${readArguments(GROUP_NOTE, 'at')}
  local hand, index = string.match(lease, '^(%d+)%.(%d+)$')
  local bits = hand and redis.call('ZSCORE', leases, hand) and redis.call('HGET', held, hand) or ''
  local bit = hand and string.byte(bits, tonumber(index)) or 48
  states[#states + 1] = bit == 48 and '0' or '1'
  if bit == 50 and kind == 'start' then
    redis.call('HSET', held, hand, string.sub(bits, 1, index - 1) .. '3' .. string.sub(bits, index + 1))
  elseif bit ~= 48 and kind == 'memo' then
    local at = 0
    for id in string.gmatch(string.match(redis.call('HGET', hands, hand) or '', '|(.*)$') or '', '[^,]+') do
      at = at + 1
      if at == tonumber(index) then redis.call('HSET', notes, id, body) end
    end
  end
end
return table.concat(states)
`,
})

export function parseHeld(reply: unknown): boolean[] {
  return Array.from(String(reply), (digit) => digit === '1')
}
