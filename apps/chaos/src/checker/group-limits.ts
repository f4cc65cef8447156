import type { GroupState } from '../end-state/end-state.ts'
import type { Account } from './account.ts'
import { strikes } from './circumstances.ts'
import type { Expectations } from './expectations.ts'
import type { GroupAccount, GroupDelivery } from './group-account.ts'
import { messageIn } from './group-ends.ts'
import type { Published } from './publishes.ts'
import type { Violation } from './violation.ts'

/**
 * I7 in a group: each failure is charged once, there are no more than allowed, and no message is buried that failed
 * less often.
 */
export function checkGroupLimits(
  account: Account,
  { group, messages, deliveries, lives }: GroupAccount,
  published: ReadonlyMap<string, Published>,
  states: readonly GroupState[] | undefined,
  { groupAttempts, crashLimit }: Expectations,
): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I7', what: `group ${group}: ${what}` })
  for (const [n, given] of messages) {
    let failed = 0
    let charged = 0
    for (const [i, { start, how, settled, at }] of given.entries()) {
      if (i > 0 && lives.beganAnew(n, given[i - 1]!.from, at)) charged = 0
      if (start && start.attempt > 1 + failed) say(`${n} began attempt ${start.attempt} after ${failed} failures`)
      if (start && start.attempt <= charged) say(`${n} began attempt ${start.attempt}, though ${charged} were charged`)
      if (how === 'threw') failed++
      if (settled?.kind === 'retry' && !account.mayBeForgotten(settled.at)) charged++
    }
    if (failed > groupAttempts * lives.livesOf(n) + uncharged(given, account))
      say(`${n} failed ${failed} times of ${groupAttempts}`)
  }
  const state = states?.find((each) => each.group === group)
  if (state === undefined) return violations
  const members = new Set(deliveries.map(({ proc }) => proc))
  const struck = account.faults.filter((fault) => [...members].some((proc) => strikes(fault, proc))).length
  const buried = new Set<string>()
  for (const { n, reason, failures, body } of state.dead) {
    buried.add(messageIn(body))
    const failed = messages.get(Number(n))?.filter(({ how }) => how === 'threw').length ?? 0
    const isDeserved =
      reason === 'attempts-exhausted' ? failed >= groupAttempts : reason === 'crash-limit' && struck >= crashLimit
    if (!isDeserved) say(`${n} was buried as ${reason} after ${failed} failures`)
    if (failures > failed) say(`${n} was buried with ${failures} failures, it had ${failed}`)
  }
  for (const { message, n, fails } of published.values()) {
    if (n === undefined || fails < groupAttempts || buried.has(message)) continue
    if (lives.demandedSince(n) !== undefined) say(`${n} failed always, and is not buried`)
  }
  return violations
}

/** Deliveries whose failure was not charged, or of which it is not known whether it was, or may be forgotten. */
function uncharged(given: readonly GroupDelivery[], { mayBeForgotten }: Account): number {
  return given.filter(({ settled }) => settled === undefined || mayBeForgotten(settled.at)).length
}
