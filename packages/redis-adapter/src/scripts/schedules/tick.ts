import type { TickBatch, TickReceipt } from '@mq/core/adapter'
import { MqError } from '@mq/core/adapter'
import { argumentsOf, lengthOf } from '../arguments.ts'
import type { Values } from '../arguments.ts'
import { lua } from '../lua.ts'
import { ENDS } from '../parts/ends.ts'
import { BATCH, recordOf, SPECIAL, specialsOf } from '../queue/enqueue-arguments.ts'
import { enqueueLua } from '../queue/enqueue-lua.ts'
import type { TickPlaces } from '../queue/enqueue-lua.ts'
import { enqueueScript, parseReceipts } from '../queue/enqueue.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { CHECK_TICKS, DO_TICKS, READ_TICKS, TICK, TICKS_LENGTH } from './tick-parts.ts'

export const TICK_PLACES: TickPlaces = {
  read: READ_TICKS,
  length: TICKS_LENGTH,
  answer: lua`do
  local states = {}
  for t = 1, #ticks do states[t] = scheduled[t] and 'd' or 's' end
  answer = table.concat(states) .. '|' .. answer
end
`,
}

/**
 * KEYS     meta tasks ready×10 later×10 leases ids ended results dead producers lanes idle room schedules due
 * ARGV     BATCH, ENDS, the number of ticks, TICK for each, then SPECIAL and records as of enqueue
 * RETURNS  for each tick "d" (done) or "s" (stale); a bar; what enqueue returns, with "s" for the tasks of stale ticks. A repeated call
 *          returns the same.
 * A tick is done where its schedule has this revision and is due then. Writes all or nothing; O(tasks + ticks · log n).
 */
export const tickScript: Script = defineScript({
  name: 'tick',
  parts: [...enqueueScript.parts, 'schedules', 'due'],
  allowOom: false,
  lua: enqueueLua({
    functions: '',
    check: CHECK_TICKS,
    act: '',
    replace: DO_TICKS,
    supersede: '',
    displaces: false,
    ticks: TICK_PLACES,
  }),
})

export function tickArguments({ lane, seq, ticks }: TickBatch, ends: Values<typeof ENDS>): (string | number)[] {
  const tasks = ticks.flatMap((tick) => tick.tasks)
  const specials = specialsOf(tasks.map(({ delayMs, key, weight }) => ({ delayMs: Math.ceil(delayMs), key, weight })))
  const count = specials.length / lengthOf(SPECIAL)
  const batch = { lane, seq, atomic: false, capacity: '', roomTopic: '', specials: count, seals: false } as const
  return [
    ...argumentsOf(BATCH, batch),
    ...argumentsOf(ENDS, ends),
    ticks.length,
    ...ticks.flatMap(({ name, revision, dueAt = '', nextDueAt = '', lastAt = '', tasks: { length } }) =>
      argumentsOf(TICK, { name, revision, dueAt, following: nextDueAt, itsLast: lastAt, itsTasks: length }),
    ),
    ...specials,
    ...tasks.map(recordOf),
  ]
}

export function parseTicks(reply: unknown, { ticks }: TickBatch): readonly TickReceipt[] {
  const text = typeof reply === 'string' ? reply : ''
  const bar = text.indexOf('|')
  if (bar !== ticks.length) throw new MqError('storage-refused', 'the tick script answered something else')
  const count = ticks.reduce((sum, { tasks }) => sum + tasks.length, 0)
  const receipts = count === 0 ? [] : parseReceipts(text.slice(bar + 1), count)
  let first = 0
  return ticks.map(({ tasks }, t) => {
    const its = receipts.slice(first, (first += tasks.length))
    if (text[t] !== 'd') return { state: 'stale' }
    return { state: 'done', tasks: its.map((receipt) => ('n' in receipt ? receipt.n : '')) }
  })
}
