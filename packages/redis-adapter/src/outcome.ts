import type { StoredOutcome } from '@mq/core/adapter'

const STATES = { C: 'completed', c: 'completed', X: 'expired', K: 'cancelled', D: 'dead' } as const

/** "n|state|endedAt|body", as a slot of the ring holds it and as waiting participants get it. */
export function parseOutcome(text: string): { readonly n: string; readonly outcome: StoredOutcome } | undefined {
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
