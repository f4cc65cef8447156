import type { EnqueueBatch, Receipt } from '@mq/core/adapter'
import { MqError } from '@mq/core/adapter'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { enqueueLua } from './enqueue-lua.ts'

/**
 * KEYS     meta tasks ready×10 later×10 leases ids ended results dead producers idle room
 * ARGV     lane (and of the batch before it, if that is under way, a newline, its lane, a newline, its seq), seq, atomic 0|1, capacity or '', topic for the hint of room or '', count of special tasks,
 *          (index, delayMs, id or "~key" or '', "r" if it replaces, and window in ms for a key) for each special one, then a record without its
 *          time for each task: level digit, header, newline, payload
 * RETURNS  "A<n>" when all were accepted in a row from n on; otherwise for each task "a<n>", "e<n>" (existing),
 *          "c<n>" (conflict) or "f" (full), joined by commas. A repeated call returns the same. Nil when the batch before it has not come.
 * Writes all or nothing; O(tasks).
 */
export const enqueueScript: Script = defineScript({
  name: 'enqueue',
  parts: ['meta', 'tasks', 'ready', 'later', 'leases', 'ids', 'ended', 'results', 'dead', 'producers', 'idle', 'room'],
  allowOom: false,
  lua: enqueueLua({ functions: '', check: '', act: '', replace: '', supersede: '', displaces: false }),
})

/** A batch by its lane and number. */
export type BatchId = Pick<EnqueueBatch, 'lane' | 'seq'>

export function enqueueArguments(batch: EnqueueBatch, topic: string, after: BatchId | undefined): (string | number)[] {
  const { tasks } = batch
  const args: (string | number)[] = [
    after === undefined ? batch.lane : `${batch.lane}\n${after.lane}\n${after.seq}`,
    batch.seq,
    batch.atomic ? 1 : 0,
    batch.capacity ?? '',
    batch.awaitRoom ? topic : '',
    0,
  ]
  let specials = 0
  for (let i = 0; i < tasks.length; i++) {
    const { id, dedupe, delayMs, replace } = tasks[i]!
    if (id === undefined && dedupe === undefined && delayMs === 0) continue
    specials++
    const window = dedupe ? Math.ceil(dedupe.windowMs) : ''
    args.push(i + 1, delayMs, dedupe ? `~${dedupe.key}` : (id ?? ''), `${replace ? 'r' : ''}${window}`)
  }
  args[5] = specials
  for (const { level, header, payload } of tasks) args.push(`${level}${header}\n${payload}`)
  return args
}

export function parseReceipts(reply: unknown, count: number): readonly Receipt[] {
  if (typeof reply !== 'string') throw new MqError('storage-refused', 'the enqueue script answered something else')
  if (reply.startsWith('A')) {
    const base = Number(reply.slice(1))
    return Array.from({ length: count }, (_, i) => ({ state: 'accepted', n: String(base + i) }))
  }
  return reply.split(',').map(parseReceipt)
}

const STATES = { a: 'accepted', e: 'existing', c: 'conflict' } as const

function parseReceipt(text: string): Receipt {
  const state = STATES[text[0] as keyof typeof STATES]
  return state === undefined ? { state: 'full' } : { state, n: text.slice(1) }
}
