import type { EndState } from '../end-state/end-state.ts'
import type { HistoryEvent } from '../history/event.ts'
import type { Account, Fault } from './account.ts'
import { strikes, takeAccount } from './account.ts'
import { checkAnswers } from './answers.ts'
import { checkAttempts } from './attempts.ts'
import { checkCancels } from './cancels.ts'
import { checkCommits } from './commits.ts'
import { checkDuplicates } from './duplicates.ts'
import type { Expectations } from './expectations.ts'
import { checkGroups } from './groups.ts'
import { checkHealth } from './health.ts'
import { checkIdentity } from './identity.ts'
import { checkIdleBeside } from './idle-beside.ts'
import { checkIsolation } from './isolation.ts'
import { checkLimits } from './limits.ts'
import { checkLiveness } from './liveness.ts'
import { checkLosses } from './no-loss.ts'
import { checkOrder } from './order.ts'
import { checkOverlap } from './overlap.ts'
import { checkPauses } from './pauses.ts'
import { checkResources } from './resources.ts'
import { checkStarts } from './starts.ts'
import { checkStructure } from './structure.ts'
import { checkSubscriptions } from './subscriptions.ts'
import type { Verdict } from './verdict.ts'

/**
 * Pure: what a history and the end state say of the promises. Knows nothing of the system under test but what its processes
 * wrote down; where a system shows no leases or has no end state, what cannot be seen is not judged.
 */
export function check(events: readonly HistoryEvent[], state: EndState | undefined, expected: Expectations): Verdict {
  const account = takeAccount(events)
  const losses = checkLosses(account, state)
  const commits = checkCommits(account)
  const duplicates = checkDuplicates(account)
  const liveness = checkLiveness(account, state, duplicates.restarts, expected)
  const subscriptions = checkSubscriptions(events)
  const isolation = expected.isolation && checkIsolation(events, expected.isolation)
  const answers = expected.answers && checkAnswers(account, expected.answers)
  const groups = checkGroups(account, state, expected)
  const tasks = [...account.tasks.values()]
  const enqueued = tasks.filter(({ sha }) => sha !== undefined)
  const acknowledged = tasks.filter(({ okAt }) => okAt !== undefined).length
  const failed = tasks.filter(({ okAt, unknown, failed: refused }) => okAt === undefined && !unknown && refused).length
  return {
    violations: [
      ...losses.violations,
      ...checkIdentity(account),
      ...commits.violations,
      ...checkCancels(account, state),
      ...duplicates.violations,
      ...(expected.clockSteps ? [] : checkOverlap(account, expected.leaseMs)),
      ...checkLimits(account, state, expected),
      ...checkAttempts(account),
      ...(expected.clockSteps ? [] : checkOrder(account, expected)),
      ...checkPauses(account, expected.pauseHeardWithinMs),
      ...checkStructure(state),
      ...liveness.violations,
      ...(expected.healthWithinMs === undefined ? [] : checkHealth(account, expected.healthWithinMs)),
      ...checkResources(account, expected),
      ...(expected.idleBeside === undefined ? [] : checkIdleBeside(account, expected.idleBeside)),
      ...(expected.starts === undefined ? [] : checkStarts(account, expected.starts)),
      ...(answers?.violations ?? []),
      ...subscriptions.violations,
      ...groups.violations,
      ...(isolation?.violations ?? []),
    ],
    figures: {
      operations: enqueued.length + subscriptions.published,
      acknowledged: acknowledged + subscriptions.acknowledged,
      unknown: enqueued.length - acknowledged - failed + subscriptions.published - subscriptions.acknowledged,
      failed,
      lost: losses.lost.length + subscriptions.silentLoss + groups.missed,
      unsynced: losses.unsynced.length,
      unexpected: losses.unexpected,
      starts: tasks.reduce((sum, { starts }) => sum + starts.length, 0) + subscriptions.received + groups.received,
      duplicates: duplicates.duplicates + groups.duplicates,
      bound: duplicates.bound + groups.bound,
      beyondBound: duplicates.beyondBound + groups.beyondBound,
      staleAttempts: commits.staleAttempts + groups.staleAttempts,
      staleRefused: commits.staleRefused + groups.staleRefused,
      faults: account.faults.length,
      stalls: account.stalls.filter((stall) => !isOrdered(account, stall)).length,
      unavailableMs: liveness.unavailableMs,
      recoveryMs: liveness.recoveryMs,
      isolation: isolation?.figures,
      answers: answers?.figures,
    },
  }
}

/** A process that was stopped or blocked on purpose stalls, too. */
function isOrdered({ faults }: Account, stall: Fault): boolean {
  return faults.some(
    (fault) =>
      stall.targets !== '*' &&
      stall.targets.some((proc) => strikes(fault, proc)) &&
      fault.beginAt <= stall.endAt &&
      fault.endAt >= stall.beginAt,
  )
}
