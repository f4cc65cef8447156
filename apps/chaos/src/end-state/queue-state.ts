import type { EndState, StoredTask } from './end-state.ts'
import { auditQueue } from './audit-queue.ts'
import type { RawKeys } from './raw-keys.ts'

const STATES = { C: 'completed', c: 'completed', X: 'expired', K: 'cancelled' } as const
const LEVELS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

/** What became of the tasks of a queue. */
export function endStateOf(raw: RawKeys): EndState {
  const leased = new Set([...raw.zset('leases').keys()].map((lease) => lease.split('#', 1)[0]!))
  const delayed = new Set(LEVELS.flatMap((level) => [...raw.zset(`later:${level}`).keys()]))
  const placeOf = (n: string): StoredTask['place'] =>
    leased.has(n) ? 'running' : delayed.has(n) ? 'delayed' : 'waiting'
  return {
    tasks: [...raw.hash('tasks')].map(([n, record]) => ({ n, place: placeOf(n), payload: payloadOf(record) })),
    dead: [...raw.hash('graves')].map(([n, grave]) => ({ n, ...buriedIn(grave) })),
    ended: [...raw.hash('results').values()].flatMap((result) => {
      const [n = '', state = ''] = result.split('|', 2)
      return state in STATES ? [{ n, state: STATES[state as keyof typeof STATES] }] : []
    }),
    defects: [...raw.defects, ...auditQueue(raw)],
    sizes: raw.sizes,
  }
}

/** 13 digits, a digit, the header, a newline, the payload. */
function payloadOf(record: string): string {
  return record.slice(record.indexOf('\n') + 1)
}

function buriedIn(grave: string): { reason: string; payload: string } {
  const newline = grave.indexOf('\n')
  // After a tab follow the errors of its attempts.
  const [facts = ''] = grave.slice(0, newline).split('\t')
  const [, , , ...rest] = facts.split('|')
  const [reason = ''] = JSON.parse(rest.join('|')) as string[]
  return { reason, payload: payloadOf(grave.slice(newline + 1)) }
}
