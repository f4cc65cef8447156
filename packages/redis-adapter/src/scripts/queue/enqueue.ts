import type { Receipt } from '@mq/core/adapter'
import { MqError } from '@mq/core/adapter'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { enqueueLua } from './enqueue-lua.ts'

/**
 * KEYS     meta tasks ready×10 later×10 leases ids ended results dead producers lanes idle room
 * ARGV     BATCH, ENDS, SPECIAL for each special task, then a record without its time for each task: level digit, header, newline, payload
 * RETURNS  "A<n>" when all were accepted in a row from n on; otherwise for each task "a<n>", "e<n>" (existing),
 *          "c<n>" (conflict), "f" (full), "k" (its key is full) or "m" (sealed, and not known), joined by commas. A repeated call returns the same. Nil when the batch before it has not come.
 * Writes all or nothing; O(tasks).
 */
export const enqueueScript: Script = defineScript({
  name: 'enqueue',
  parts: [
    'meta',
    'tasks',
    'ready',
    'later',
    'leases',
    'ids',
    'ended',
    'results',
    'dead',
    'producers',
    'lanes',
    'idle',
    'room',
  ],
  allowOom: false,
  lua: enqueueLua({ functions: '', check: '', act: '', replace: '', supersede: '', displaces: false }),
})

export function parseReceipts(reply: unknown, count: number): readonly Receipt[] {
  if (typeof reply !== 'string') throw new MqError('storage-refused', 'the enqueue script answered something else')
  if (reply.startsWith('A')) {
    const base = Number(reply.slice(1))
    const receipts: Receipt[] = []
    for (let i = 0; i < count; i++) receipts.push({ state: 'accepted', n: String(base + i) })
    return receipts
  }
  return reply.split(',').map(parseReceipt)
}

const STATES = { a: 'accepted', e: 'existing', c: 'conflict' } as const

function parseReceipt(text: string): Receipt {
  const state = STATES[text[0] as keyof typeof STATES]
  if (text === 'm') return { state: 'moved' }
  if (state === undefined) return text === 'k' ? { state: 'full', of: 'key' } : { state: 'full' }
  return { state, n: text.slice(1) }
}
