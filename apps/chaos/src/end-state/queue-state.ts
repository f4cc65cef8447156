import type { AppendedEnd, EndState, StoredTask } from './end-state.ts'
import { auditQueue } from './audit-queue.ts'
import type { RawKeys, StreamEntry } from './raw-keys.ts'

const STATES = { C: 'completed', c: 'completed', X: 'expired', K: 'cancelled' } as const
const ALL_STATES = { ...STATES, D: 'dead' } as const
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
    ...(raw.hash('meta').has('outcomes') ? { outcomes: raw.stream('outcomes:log').flatMap(endsIn) } : undefined),
    defects: [...raw.defects, ...auditQueue(raw), ...auditOutcomes(raw)],
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

/** `bytes epoch n id`, a newline, `n|state|…`. */
function endsIn({ fields }: StreamEntry): AppendedEnd[] {
  const [, n = '', letter = ''] = /^\d+ \d+ \d+ [^\n]*\n(\d+)\|([A-Za-z])\|\d+\|/.exec(fields[1] ?? '') ?? []
  const state = ALL_STATES[letter as keyof typeof ALL_STATES]
  return state === undefined ? [] : [{ n, state }]
}

/** Numbers without a gap, and no entry of another form. */
function auditOutcomes(raw: RawKeys): string[] {
  const entries = raw.stream('outcomes:log')
  const numbers = entries.map(({ id }) => Number(id.slice(id.indexOf('-') + 1)))
  return [
    ...entries.filter((entry) => endsIn(entry).length === 0).map(({ id }) => `outcome ${id} is not as documented`),
    ...numbers.flatMap((n, i) =>
      i > 0 && n !== numbers[i - 1]! + 1 ? [`outcome ${n} follows ${numbers[i - 1]}`] : [],
    ),
  ]
}
