import type { EndState } from '../end-state/end-state.ts'
import type { Account, NumberAccount, TaskAccount } from './account.ts'
import type { Fault } from './circumstances.ts'
import type { Expectations } from './expectations.ts'
import { ANY_REASON } from './expectations.ts'
import { livesOf, NOTHING } from './lives.ts'
import { taskIn } from './payload.ts'
import type { Violation } from './violation.ts'

/** Why a handler of the harness buries. */
export const ASKED_FOR = 'asked-for'

/** I7: failures and crashes keep to their limits, and each dead letter has the reason that is expected. */
export function checkLimits(account: Account, state: EndState | undefined, expected: Expectations): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I7', what })
  for (const { task, ends, starts, ns } of account.tasks.values()) {
    const lives = Math.max(...[...ns.keys()].map((n) => livesOf(account.numbers.get(n) ?? NOTHING)), 1)
    const failures = ends.filter(({ how }) => how === 'threw').length
    const free = [...ns.keys()].reduce(
      (sum, n) => sum + uncharged(account.numbers.get(n) ?? NOTHING, account.faults),
      0,
    )
    if (failures > expected.attempts * lives + free)
      say(`task ${task} failed ${failures} times of ${expected.attempts}`)
    const crashes = starts.length - ends.length
    if (crashes > expected.crashLimit * lives)
      say(`task ${task} was running when ${crashes} workers died, ${expected.crashLimit} are allowed`)
  }
  if (state === undefined) return violations
  const buried = new Map(state.dead.map(({ payload, reason }) => [taskIn(payload), reason]))
  for (const [task, reason] of buried) {
    if ([reason, ANY_REASON].includes(expected.buried?.get(task) ?? '')) continue
    if (!isDeserved(account.tasks.get(task), reason, expected)) say(`task ${task} was buried as ${reason}`)
  }
  for (const [task, reason] of expected.buried ?? []) {
    if (!buried.has(task)) say(`task ${task} was not buried as ${reason}`)
  }
  return violations
}

/**
 * Failures that may not have been charged: their settlement was never confirmed, or may be forgotten.
 */
function uncharged({ claims, settles }: NumberAccount, faults: readonly Fault[]): number {
  const confirmed = settles.filter(({ ev }) => ev === 'settle.ok')
  const settled = new Set(confirmed.map(({ lease }) => lease))
  const unknown = new Set(claims.map(({ lease }) => lease).filter((lease) => !settled.has(lease)))
  const forgotten = confirmed.filter(({ at }) =>
    faults.some(({ beginAt, endAt, forgetsMs }) => forgetsMs > 0 && at >= beginAt - forgetsMs && at <= endAt),
  )
  return unknown.size + forgotten.length
}

/** Its handler asked to bury it, or failed as often as it may. */
function isDeserved(task: TaskAccount | undefined, reason: string, { attempts }: Expectations): boolean {
  const count = (how: TaskAccount['ends'][number]['how']): number =>
    task?.ends.filter((end) => end.how === how).length ?? 0
  return reason === ASKED_FOR ? count('buried') > 0 : reason === 'attempts-exhausted' && count('threw') >= attempts
}
