import type { FlowEnd, FlowState } from './end-state.ts'
import { endStateOf } from './queue-state.ts'
import type { RawKeys, StreamEntry } from './raw-keys.ts'

const STATES = { C: 'completed', c: 'completed', X: 'expired', K: 'cancelled', D: 'dead' } as const
const LEVELS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
/** What is due later is blocked. */
const BLOCKED = 4e15

/** What became of the tasks of a queue with flows that keeps its outcomes. */
export function flowStateOf(queue: string, raw: RawKeys): FlowState {
  const later = LEVELS.flatMap((level) => [...raw.zset(`later:${level}`)])
  const state = endStateOf(raw)
  return {
    ...state,
    queue,
    ends: raw.stream('outcomes:log').flatMap(endsIn),
    blocked: later.flatMap(([n, due]) => (due >= BLOCKED ? [n] : [])),
    chores: [...raw.zset('chores').keys()],
    defects: [...state.defects, ...auditFlows(raw)],
  }
}

/** `bytes epoch n id`, a newline, `n|state|ended at|what is said of it`. */
function endsIn({ fields }: StreamEntry): FlowEnd[] {
  const [, n = '', letter = '', at, said = ''] = /^[^\n]*\n(\d+)\|([A-Za-z])\|(\d+)\|(.*)$/s.exec(fields[1] ?? '') ?? []
  const state = STATES[letter as keyof typeof STATES]
  if (state === undefined) return []
  // A dead one has its reason and an error, as JSON.
  const reason = state === 'dead' ? (JSON.parse(said) as string[])[0]! : said
  return [{ n, state, at: Number(at), reason: state === 'completed' ? '' : reason }]
}

/** A chore is what `kin` says of it, and each child has its parents beside its head. */
function auditFlows(raw: RawKeys): string[] {
  const [kin, chores, tasks] = [raw.hash('kin'), raw.zset('chores'), raw.hash('tasks')]
  return [
    ...[...chores.keys()].flatMap((name) => (kin.has(`!${name}`) ? [] : [`kin knows nothing of chore ${name}`])),
    ...[...kin.keys()].flatMap((field) => {
      if (field.startsWith('!') && !chores.has(field.slice(1))) return [`nobody will ever find chore ${field}`]
      if (/^\d+$/.test(field) && !kin.has(`f${field}`)) return [`${field} has no parents in kin`]
      return []
    }),
    ...LEVELS.flatMap((level) => [...raw.zset(`later:${level}`)]).flatMap(([n, due]) =>
      due >= BLOCKED && tasks.has(n) && !kin.has(n) ? [`${n} is blocked by nothing`] : [],
    ),
  ]
}
