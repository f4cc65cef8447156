import type { Logger } from '../logger.ts'
import type { Context, Verdict } from './handler.ts'

/**
 * Does the work of several tasks in one call, and answers for each: what a handler of single tasks would return for it,
 * or an Error with which it failed. A throw is a failure of the batch.
 */
export type BatchHandler<Payload = unknown, Result = unknown> = (
  payloads: readonly Payload[],
  batch: Batch,
) => BatchAnswers<Result> | Promise<BatchAnswers<Result>>

/**
 * For all tasks of a batch: an array in the order of the payloads, or a Map from their ids. `undefined`: all are done,
 * without a result; a verdict: it is that of each. With fewer answers, more, or none for some task, the batch failed,
 * with `invalid-answers`.
 */
export type BatchAnswers<Result = unknown> =
  | void
  | Verdict
  | readonly BatchAnswer<Result>[]
  | ReadonlyMap<string, BatchAnswer<Result>>

/** A promise ends its task as soon as it settles, and a rejection is a failure of that task alone. */
export type BatchAnswer<Result = unknown> = Result | Verdict | Error | PromiseLike<Result | Verdict | Error>

/** What a batch handler gets besides the payloads. */
export interface Batch {
  /** Its name; `channel/group` where a group consumes. */
  readonly queue: string
  /** What a handler of single tasks would get of each, in the order of the payloads: id, signal, progress, once, … */
  readonly tasks: readonly Context[]
  /**
   * Aborts with an `AbortReason` when none of its tasks is wanted any more; the signal of each aborts when that one is
   * not.
   */
  readonly signal: AbortSignal
  /** A logger that adds the queue and the number of tasks. */
  readonly logger: Logger
}
