// How adapters write the end of a task as text: one form for storages, for hints, and for the channel of outcomes.
import type { StoredOutcome } from './stored-outcome.ts'

/** By letter; `c`: completed without a result. */
const STATES = { C: 'completed', c: 'completed', X: 'expired', K: 'cancelled', D: 'dead' } as const
const LETTERS = { completed: 'C', expired: 'X', cancelled: 'K', dead: 'D' } as const

/** Of the task that is named by its number, and by its caller's own id, if it has one. */
export interface TaskEnd {
  readonly n: string
  readonly id?: string | undefined
  readonly outcome: StoredOutcome
}

/** "n|state|endedAt|body"; the body of a dead one is the JSON of reason and detail. */
function outcomeText(n: string, { state, endedAt, body, reason }: StoredOutcome): string {
  if (state === 'dead') return `${n}|D|${endedAt}|${JSON.stringify([reason ?? '', body ?? ''])}`
  const letter = state === 'completed' && body === undefined ? 'c' : LETTERS[state]
  return `${n}|${letter}|${endedAt}|${body ?? ''}`
}

/** Undefined where another program wrote something else. */
export function parseOutcome(text: string): TaskEnd | undefined {
  const [n, letter, at] = text.split('|', 3)
  const state = STATES[letter as keyof typeof STATES]
  if (n === undefined || at === undefined || state === undefined) return undefined
  const body = text.slice(n.length + at.length + 4)
  const endedAt = Number(at)
  if (state === 'dead') return { n, outcome: { state, endedAt, ...parseGraveFacts(body) } }
  const hasBody = letter === 'C' || letter === 'K'
  return { n, outcome: hasBody ? { state, endedAt, body } : { state, endedAt } }
}

/** The JSON of reason and detail. */
export function parseGraveFacts(json: string): { readonly reason: string; readonly body: string } {
  try {
    const [reason, detail] = JSON.parse(json) as [unknown, unknown]
    return { reason: String(reason), body: String(detail) }
  } catch {
    // Another program wrote it: shown as it is.
    return { reason: 'unreadable', body: json }
  }
}

/**
 * A message of the channel of outcomes: the task's own id, if it has one, a newline, and its outcome as text. In an id
 * "%25" stands for a percent sign, and "%0A" for a newline.
 */
export function outcomeBody({ n, id = '', outcome }: TaskEnd): string {
  return `${id.replaceAll('%', '%25').replaceAll('\n', '%0A')}\n${outcomeText(n, outcome)}`
}

/** Undefined where another program wrote something else. */
export function parseOutcomeBody(text: string): TaskEnd | undefined {
  const newline = text.indexOf('\n')
  const end = parseOutcome(text.slice(newline + 1))
  if (newline === -1 || end === undefined || !/^\d+$/.test(end.n) || !Number.isSafeInteger(end.outcome.endedAt)) {
    return undefined
  }
  if (newline === 0) return end
  return { ...end, id: text.slice(0, newline).replaceAll('%0A', '\n').replaceAll('%25', '%') }
}
