import type { GroupState } from '../end-state/end-state.ts'
import type { GroupAccount } from './group-account.ts'
import type { Published } from './publishes.ts'
import type { Violation } from './violation.ts'

export interface GroupEnds {
  /** Messages that were delivered, and neither done nor buried. */
  readonly unended: number
  readonly violations: readonly Violation[]
}

/**
 * K1: each acknowledged message is done or buried in the group, and once more after a seek back or a redrive. I10: no
 * message is left at the end of the run.
 */
export function checkGroupEnds(
  { group, deliveries, messages, lives }: GroupAccount,
  published: ReadonlyMap<string, Published>,
  states: readonly GroupState[] | undefined,
): GroupEnds {
  const violations: Violation[] = []
  const state = states?.find((each) => each.group === group)
  if (states === undefined) return { unended: 0, violations }
  if (state === undefined) {
    return { unended: 0, violations: [{ invariant: 'K1', what: `group ${group} no longer exists` }] }
  }
  const dead = new Set(state.dead.map(({ body }) => messageIn(body)))
  const begun = new Set(deliveries.flatMap(({ start }) => start?.message ?? []))
  let unended = 0
  for (const message of begun) {
    const { n } = published.get(message) ?? {}
    const since = n === undefined ? undefined : lives.demandedSince(n)
    if (since === undefined || dead.has(message)) continue
    if (messages.get(n!)?.some(({ start, how, at }) => start?.message === message && how === 'returned' && at >= since))
      continue
    unended++
    violations.push({ invariant: 'K1', what: `group ${group} neither did nor buried ${message}` })
  }
  if (state.unread > 0) violations.push({ invariant: 'I10', what: `group ${group} has not read ${state.unread}` })
  for (const { n, place } of state.left) {
    violations.push({ invariant: 'I10', what: `${n} of group ${group} is left ${place}` })
  }
  return { unended, violations }
}

/** The messages of the harness are strings. */
export function messageIn(body: string): string {
  try {
    return String(JSON.parse(body))
  } catch {
    return body
  }
}
