import { adoptRejection } from '../values/adopt-rejection.ts'
import type { Services } from '../services/services.ts'
import { MAX_PAUSE_MS, pauseAfter, resolveBackoff } from '../define/backoff.ts'
import type { ResolvedBackoff } from '../define/backoff.ts'
import { show } from '../define/check.ts'
import type { RetryIf } from '../define/define-queue.ts'
import { messageOf, toError } from '../errors.ts'
import type { Settlement } from '../ports/queue-driver.ts'
import { describeAttempt, describeError } from '../wire/error-facts.ts'
import { idOf } from '../wire/header.ts'
import type { RetryVerdict } from '../handler/handler.ts'
import type { Delivery } from './execution.ts'

export interface RetryRules {
  readonly attempts: number
  readonly backoff: ResolvedBackoff
  readonly retryIf?: RetryIf | undefined
}

/** Without a stack: there was no error. */
const ASKED = JSON.stringify({ name: 'Error', message: 'the handler asked for a retry' })

type Surroundings = Pick<Services, 'random' | 'logger' | 'onError'>

/**
 * What follows a failed attempt: another one after a pause, or the end as a dead letter; by the task's own rules,
 * where it has some. Failures and crashes are
 * counted apart: a lost lease charges no attempt.
 */
export function afterFailure(
  held: Delivery,
  thrown: unknown,
  rules: RetryRules,
  services: Surroundings,
  verdict?: RetryVerdict,
): Settlement {
  const { lease } = held.task
  const { id, attempts = rules.attempts } = held.header
  const failures = held.task.failures + 1
  const charge = verdict?.countsAsAttempt !== false
  // A retry that a handler asked for is not passed to `retryIf`; a throw is, even of the last attempt, because
  // `not-retryable` says more.
  const reason =
    verdict === undefined && !isWorthIt(held, thrown, failures, rules, services)
      ? 'not-retryable'
      : charge && failures >= attempts
        ? 'attempts-exhausted'
        : undefined
  if (reason !== undefined) return { kind: 'bury', lease, id, reason, detail: describeError(thrown), charge }
  const delayMs = verdict?.delayMs ?? pauseOf(held, thrown, failures, rules, services)
  if (!charge) return { kind: 'retry', lease, delayMs, charge }
  return { kind: 'retry', lease, delayMs, charge, error: verdict === undefined ? describeAttempt(thrown) : ASKED }
}

function isWorthIt(
  held: Delivery,
  thrown: unknown,
  attempt: number,
  { retryIf }: RetryRules,
  services: Surroundings,
): boolean {
  if (retryIf === undefined) return true
  return ask(
    held,
    services,
    'retryIf',
    () => {
      const answer: unknown = retryIf(toError(thrown), { attempt })
      if (typeof answer === 'boolean') return answer
      throw wrongAnswer(answer, 'true or false', services)
    },
    true,
  )
}

function pauseOf(held: Delivery, thrown: unknown, failures: number, rules: RetryRules, services: Surroundings): number {
  const own = held.header.backoff
  const backoff = own === undefined ? rules.backoff : resolveBackoff(own)
  const { custom } = backoff
  const byDefault = pauseAfter(failures, backoff, services.random())
  if (custom === undefined) return byDefault
  return ask(
    held,
    services,
    'backoff',
    () => {
      const answer: unknown = custom(failures, toError(thrown))
      if (typeof answer === 'number' && answer >= 0 && answer <= MAX_PAUSE_MS) return Math.ceil(answer)
      throw wrongAnswer(answer, `a number from 0 to ${MAX_PAUSE_MS}`, services)
    },
    byDefault,
  )
}

/**
 * A function of the definition must neither lose a task nor retry it in a tight loop: its error is reported, and
 * `otherwise` applies.
 */
function ask<T>(
  { task, header }: Delivery,
  { logger, onError }: Surroundings,
  option: string,
  question: () => T,
  otherwise: T,
): T {
  try {
    return question()
  } catch (thrown) {
    const cause = toError(thrown)
    const error = new Error(`${option} failed, and its default applies: ${messageOf(cause)}`, { cause })
    logger.error({ id: idOf(task.n, header), err: error }, `${option} failed, and its default applies`)
    onError(error)
    return otherwise
  }
}

/** An async function returns a promise, whose rejection nothing would handle. */
function wrongAnswer(answer: unknown, wanted: string, { onError }: Surroundings): TypeError {
  adoptRejection(answer, (thrown) => onError(toError(thrown)))
  return new TypeError(`it must answer ${wanted} at once, not ${show(answer)}`)
}
