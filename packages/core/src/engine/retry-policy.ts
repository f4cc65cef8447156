import { pauseAfter } from '../define/backoff.ts'
import type { ResolvedBackoff } from '../define/backoff.ts'
import type { Settlement } from '../ports/queue-driver.ts'
import { describeError } from '../queue/error-facts.ts'
import type { RetryVerdict } from './handler.ts'
import type { Held } from './held.ts'

export interface RetryRules {
  readonly attempts: number
  readonly backoff: ResolvedBackoff
}

/**
 * What follows a failed attempt: another one after a pause, or the end as a dead letter. Failures and crashes are counted
 * apart: a lost lease charges no attempt.
 */
export function afterFailure(
  { task, header }: Held,
  error: unknown,
  rules: RetryRules,
  random: number,
  verdict?: RetryVerdict,
): Settlement {
  const { lease } = task
  if (verdict?.countsAsAttempt === false) {
    const delayMs = verdict.delayMs ?? pauseAfter(task.failures + 1, rules.backoff, random)
    return { kind: 'retry', lease, delayMs, charge: false }
  }
  const failures = task.failures + 1
  if (failures >= rules.attempts) {
    const detail = describeError(error)
    return { kind: 'bury', lease, id: header.id, reason: 'attempts-exhausted', detail, charge: true }
  }
  return {
    kind: 'retry',
    lease,
    delayMs: verdict?.delayMs ?? pauseAfter(failures, rules.backoff, random),
    charge: true,
  }
}
