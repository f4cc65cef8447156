import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { META } from '../parts/meta.ts'

/**
 * KEYS     meta producers
 * ARGV     lane, seq
 * RETURNS  what the enqueue of that number was answered, or nil
 * A full server refuses a repeated enqueue before the script can see that it was done: this one may look. O(1).
 */
export const recallScript: Script = defineScript({
  name: 'recall',
  parts: ['meta', 'producers'],
  allowOom: true,
  lua: lua`
${META}
local seq, receipts = string.match(redis.call('HGET', producers, ARGV[1]) or '', '^(%d+)|%d+|(.*)$')
return tonumber(seq) == tonumber(ARGV[2]) and receipts or nil
`,
})
