import { readArguments } from '../arguments.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { META } from '../parts/meta.ts'

export const RECALL = { lane: 'text', seq: 'number' } as const

/**
 * KEYS     meta producers
 * ARGV     RECALL
 * RETURNS  what the enqueue of that number was answered, or nil
 * A full server refuses a repeated enqueue before the script can see that it was done: this one may look. O(1).
 */
export const recallScript: Script = defineScript({
  name: 'recall',
  parts: ['meta', 'producers'],
  allowOom: true,
  lua: lua`
${META}${readArguments(RECALL)}
local lastSeq, receipts = string.match(redis.call('HGET', producers, lane) or '', '^(%d+)|%d+|(.*)$')
return tonumber(lastSeq) == seq and receipts or nil
`,
})
