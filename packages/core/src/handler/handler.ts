import {
  checkBoolean,
  checkNumber,
  checkOptions,
  checkText,
  invalidOption,
  show,
  showWord,
} from '../define/check-call.ts'
import { MAX_DELAY_MS, MAX_REASON } from '../ports/limits.ts'
import type { Logger } from '../logger.ts'
import type { ParentOutcome } from './parent-outcome.ts'
import type { EnqueueOptions } from '../define/enqueue-options.ts'
import { follow } from './unreturned.ts'

/**
 * Does the work of one task. Its return value is the result. To retry or to bury the task, return `retry(…)` or
 * `bury(…)`, or throw one of them; any other throw is an unexpected failure, and the queue's retry policy decides.
 */
export type Handler<Payload = unknown, Result = unknown> = (
  payload: Payload,
  context: Context,
) => Result | Verdict | Promise<Result | Verdict>

export interface Context {
  /** Its name; `channel/group` where a group consumes. */
  readonly queue: string
  readonly id: string
  /** 1 for the first attempt. */
  readonly attempt: number
  /** How many there may be, by the task or else by its queue. */
  readonly attempts: number
  /** Increases with every delivery: pass it to a system that can refuse an older one. */
  readonly fence: number
  /** Aborts with an `AbortReason` when the work is no longer wanted. */
  readonly signal: AbortSignal
  readonly headers: Readonly<Record<string, string>>
  /** When it was enqueued, ms since 1970 by the storage's clock. */
  readonly enqueuedAt: number
  /** A logger that adds the queue, the id and the attempt. */
  readonly logger: Logger
  /**
   * Does a step once in the life of the task: a later run (after a retry or a lost worker) gets what the first one
   * returned, as JSON. It is a memo, not a transaction: if the process dies after the step and before its value is
   * stored, the step is done again. So make the step itself idempotent where that matters, for example with `fence`.
   * `key`: 1–128 characters; 64 KiB for all memos of a task. One round trip. Rejects with what `act` throws,
   * `lease-lost`, or `unavailable` (unknown whether it is noted).
   */
  once<T>(key: string, act: () => T | Promise<T>): Promise<T>
  /**
   * Reports the progress of the work, for `task.progress()`. Any JSON value. Sent in batches; throws `invalid-payload`.
   */
  progress(value: unknown): void
  /**
   * Adds a line to the log of the task, for `task.logs()`: from any process, while the task has not ended, and as long
   * as its dead letter is kept; a completed task has none. Cut at 1,000 characters; the last 100 lines are kept, and
   * 8 KiB of them, and the others are counted. Sent in batches with progress; never throws. Messages of a group have no
   * log.
   */
  log(line: string): void
  /**
   * The tasks that this one ran after, and how they ended, with their results: in the order of its `after`; none where
   * it had none. Rejects with `lease-lost` where another run has ended the task, or it was cancelled. Not of a group's
   * messages.
   */
  parents(): Promise<readonly ParentOutcome[]>
  /**
   * Enqueues a task whose id is made of this task's id and `label` (1–64 characters of an id, no number and not
   * `next`), by default of how many tasks this run has enqueued before it: so a repeated run of this task enqueues none
   * twice, as long as that id is known (see `id` of `enqueue`), also where its payload is another by then. Throws as
   * `queue.enqueue`.
   */
  enqueue<In, Handle>(queue: EnqueueTarget<In, Handle>, payload: In, options?: ContextEnqueueOptions): Promise<Handle>
}

/** The handle of a queue, as far as handlers need it. */
export interface EnqueueTarget<In, Handle> {
  enqueue(payload: In, options: EnqueueOptions): Promise<Handle>
  task(id: string): Handle
}

export type ContextEnqueueOptions = Omit<EnqueueOptions, 'id' | 'dedupe' | 'existing'> & {
  readonly label?: string | undefined
}

/** The options of the task that follows one. */
export type NextOptions = Omit<EnqueueOptions, 'dedupe' | 'existing' | 'signal' | 'after' | 'onDead'>

/** Why a handler's signal aborted: `signal.reason` is an MqError with one of these codes. */
export type AbortReason = 'task-timeout' | 'task-cancelled' | 'lease-lost' | 'closed'

const verdict: unique symbol = Symbol.for('@mq/core/verdict')

/** A handler's answer that is not a result. Made by `retry`, `limited`, `bury` and `next`. */
export type Verdict = RetryVerdict | LimitedVerdict | BuryVerdict | NextVerdict
export interface NextVerdict {
  readonly [verdict]: 'next'
  readonly queue: object
  readonly payload: unknown
  readonly options: NextOptions
}
export interface RetryVerdict {
  readonly [verdict]: 'retry'
  readonly delayMs: number | undefined
  readonly countsAsAttempt: boolean
}
export interface LimitedVerdict {
  readonly [verdict]: 'limited'
  readonly forMs: number
  readonly scope: 'queue' | 'key'
}
export interface BuryVerdict {
  readonly [verdict]: 'bury'
  readonly reason: string
}

interface RetryOptions {
  readonly delayMs?: number | undefined
  readonly countsAsAttempt?: boolean | undefined
}

/**
 * Run again: after `delayMs`, by default after the queue's backoff; counted as an attempt unless you say otherwise.
 * Uncharged retries end only at the task's `expiresInMs`; `worker.stats().retried` counts them.
 */
export function retry(options: RetryOptions = {}): RetryVerdict {
  return follow(retryOf(options), 'retry')
}

function retryOf(options: RetryOptions): RetryVerdict {
  options = checkOptions('retry', options, ['delayMs', 'countsAsAttempt'])
  const { delayMs, countsAsAttempt = true } = options
  checkBoolean('retry.countsAsAttempt', countsAsAttempt)
  if (delayMs !== undefined) checkNumber('retry.delayMs', delayMs, 0, MAX_DELAY_MS)
  return { [verdict]: 'retry', delayMs: delayMs === undefined ? undefined : Math.ceil(delayMs), countsAsAttempt }
}

interface LimitedOptions {
  readonly forMs: number
  readonly scope?: 'queue' | 'key' | undefined
}

/**
 * Not now: whoever the handler asked said "too many" (HTTP 429). The task goes back to its place, not counted as an
 * attempt, and until `forMs` (up to ten years) from now no worker gets a task of the queue, or of the task's key with
 * `scope: 'key'` (of a task without a key: of the queue). Default `queue`. Where the adapter has no limits, and in a
 * group, the task alone waits.
 */
export function limited(options: LimitedOptions): LimitedVerdict {
  return follow(limitedOf(options), 'limited')
}

function limitedOf(options: LimitedOptions): LimitedVerdict {
  options = checkOptions('limited', options, ['forMs', 'scope'])
  const { forMs, scope = 'queue' } = options
  if (scope !== 'queue' && scope !== 'key') {
    throw invalidOption('scope', `limited.scope must be 'queue' or 'key', not ${showWord(scope)}`, scope)
  }
  return { [verdict]: 'limited', forMs: Math.ceil(checkNumber('limited.forMs', forMs, 0, MAX_DELAY_MS)), scope }
}

/** Never run again: the task becomes a dead letter with this reason. */
export function bury(reason: string): BuryVerdict {
  return follow(buryOf(reason), 'bury')
}

function buryOf(reason: unknown): BuryVerdict {
  return { [verdict]: 'bury', reason: checkText('the reason of bury', reason, 0, MAX_REASON) }
}

/**
 * This task is complete, without a result, and the next one follows it: both or neither is stored, in one step, and a
 * worker enqueues what was stored, whatever the capacity of the queue, under an id made of this task's (or that of the
 * options). So there is one such task as long as that id is known, whatever fails; in any queue of the same broker. A
 * payload that cannot be enqueued is a failure of the handler.
 */
export function next<In>(queue: EnqueueTarget<In, unknown>, payload: In, options: NextOptions = {}): NextVerdict {
  return follow(nextOf({ queue, payload, options }), 'next')
}

const NEXT: readonly (keyof NextOptions)[] = [
  ...(['id', 'delayMs', 'priority', 'timeoutMs', 'expiresInMs', 'attempts', 'backoff', 'keep'] as const),
  ...(['key', 'weight', 'headers'] as const),
]

function nextOf({ queue, payload, options }: Omit<NextVerdict, typeof verdict>): NextVerdict {
  if (typeof queue !== 'object' || queue === null) {
    throw invalidOption('queue', `next takes the handle of a queue, then a payload, not ${show(queue)}`, queue)
  }
  return { [verdict]: 'next', queue, payload, options: checkOptions('next', options, NEXT) }
}

/**
 * A copy of the verdict if the value that a handler returned is one. Throws a TypeError for a verdict that is not of
 * this package, or of a later version, and whatever the value throws when it is read.
 */
export function verdictOf(answer: unknown): Verdict | undefined {
  if (typeof answer !== 'object' || answer === null || !(verdict in answer)) return undefined
  const { [verdict]: kind, ...given } = answer as Readonly<Record<typeof verdict, unknown>>
  if (kind === 'retry') return retryOf(given as RetryOptions)
  if (kind === 'limited') return limitedOf(given as unknown as LimitedOptions)
  if (kind === 'next') return nextOf(given as unknown as NextVerdict)
  if (kind === 'bury') return buryOf((given as Partial<BuryVerdict>).reason)
  throw new TypeError(`a handler returned a verdict of an unknown kind, ${show(kind)}`)
}

/**
 * For middleware: whether the value that its `next` returned is of `retry(…)`, `limited(…)`, `bury(…)` or `next(…)`,
 * and not a result. Never throws.
 */
export function isVerdict(answer: unknown): answer is Verdict {
  try {
    return verdictOf(answer) !== undefined
  } catch {
    return false
  }
}

export function isLimited(answer: Verdict): answer is LimitedVerdict {
  return answer[verdict] === 'limited'
}

export function isNext(answer: Verdict): answer is NextVerdict {
  return answer[verdict] === 'next'
}

export function isRetry(answer: Verdict): answer is RetryVerdict {
  return answer[verdict] === 'retry'
}
