import type { EndState } from '../end-state/end-state.ts'
import type { Account } from './account.ts'
import { checkAttempts } from './attempts.ts'
import { checkCancels } from './cancels.ts'
import type { Fault } from './circumstances.ts'
import { checkCommits } from './commits.ts'
import { checkDuplicates } from './duplicates.ts'
import type { Expectations } from './expectations.ts'
import { checkIdentity } from './identity.ts'
import { checkLimits } from './limits.ts'
import { checkLosses } from './no-loss.ts'
import { checkOrder } from './order.ts'
import { checkOutcomes } from './outcomes.ts'
import { checkOverlap } from './overlap.ts'
import { checkPauses } from './pauses.ts'
import type { Figures } from './verdict.ts'
import type { Violation } from './violation.ts'

/** Of the tasks of one shard; they add up. */
export interface TaskFindings extends Pick<
  Figures,
  | 'operations'
  | 'acknowledged'
  | 'failed'
  | 'lost'
  | 'unsynced'
  | 'unexpected'
  | 'starts'
  | 'duplicates'
  | 'bound'
  | 'beyondBound'
  | 'staleAttempts'
  | 'staleRefused'
> {
  readonly violations: readonly Violation[]
  /** By fault: when a task that was in flight at it started again. */
  readonly restarts: ReadonlyMap<Fault, number>
}

/** What is promised of each task, independently of the others. */
export function checkTasks(account: Account, state: EndState | undefined, expected: Expectations): TaskFindings {
  const losses = checkLosses(account, state, expected)
  const commits = checkCommits(account)
  const duplicates = checkDuplicates(account)
  const tasks = [...account.tasks.values()]
  return {
    violations: [
      ...losses.violations,
      ...checkIdentity(account),
      ...commits.violations,
      // Children are cancelled by the ends of their parents.
      ...(expected.flows ? [] : checkCancels(account, state)),
      ...duplicates.violations,
      ...(expected.clockSteps ? [] : checkOverlap(account, expected.leaseMs)),
      ...checkLimits(account, state, expected),
      ...checkAttempts(account),
      ...(expected.clockSteps ? [] : checkOrder(account, expected)),
      ...checkPauses(account, expected.pauseHeardWithinMs),
      ...checkOutcomes(account, state),
    ],
    restarts: duplicates.restarts,
    operations: tasks.filter(({ sha }) => sha !== undefined).length,
    acknowledged: tasks.filter(({ okAt }) => okAt !== undefined).length,
    failed: tasks.filter(({ okAt, unknown, failed }) => okAt === undefined && !unknown && failed).length,
    lost: losses.lost.length,
    unsynced: losses.unsynced.length,
    unexpected: losses.unexpected,
    starts: tasks.reduce((sum, { starts }) => sum + starts.length, 0),
    duplicates: duplicates.duplicates,
    bound: duplicates.bound,
    beyondBound: duplicates.beyondBound,
    staleAttempts: commits.staleAttempts,
    staleRefused: commits.staleRefused,
  }
}
