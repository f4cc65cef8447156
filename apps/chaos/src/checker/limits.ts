import type { EndState } from '../end-state/end-state.ts'
import type { Account } from './account.ts'
import type { Expectations } from './expectations.ts'
import { ANY_REASON } from './expectations.ts'
import { taskIn } from './payload.ts'
import type { Violation } from './verdict.ts'

/** I7: failures and crashes are limited, each by its own limit; what is buried is buried for the expected reason. */
export function checkLimits(account: Account, state: EndState | undefined, expected: Expectations): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I7', what })
  for (const { task, ends, starts } of account.tasks.values()) {
    const failures = ends.filter(({ how }) => how === 'threw').length
    if (failures > expected.attempts) say(`task ${task} failed ${failures} times of ${expected.attempts}`)
    const crashes = starts.length - ends.length
    if (crashes > expected.crashLimit)
      say(`task ${task} took ${crashes} workers along, ${expected.crashLimit} are allowed`)
  }
  if (state === undefined) return violations
  const buried = new Map(state.dead.map(({ payload, reason }) => [taskIn(payload), reason]))
  for (const [task, reason] of buried) {
    if (![reason, ANY_REASON].includes(expected.buried?.get(task) ?? '')) say(`task ${task} was buried as ${reason}`)
  }
  for (const [task, reason] of expected.buried ?? []) {
    if (!buried.has(task)) say(`task ${task} was not buried as ${reason}`)
  }
  return violations
}
