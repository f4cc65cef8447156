import type { Services } from '../services/services.ts'
import { toError } from '../errors.ts'
import type { Execution } from './execution.ts'

/** A handler failed, or its payload or result did not fit: logged, and reported to `onError`. */
export function reportFailure({ logger, onError }: Services, execution: Execution, thrown: unknown): void {
  const error = toError(thrown)
  execution.failure = error
  const { queue, id, attempt, batch } = execution
  if (batch?.isNews(error) === false) return
  const tasks = batch?.size
  logger.warn({ queue, id, attempt, ...(tasks !== undefined && { tasks }), err: error }, 'a task failed')
  onError(error)
}
