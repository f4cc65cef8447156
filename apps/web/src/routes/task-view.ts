import type { Outcome } from '@mq/core'
import { z } from 'zod'

/** A task as a client sees it. */
export const taskView = z.object({
  id: z.string(),
  /** `pending`: enqueued, and its state was not read since. */
  state: z.enum(['pending', 'waiting', 'delayed', 'running', 'completed', 'dead', 'cancelled', 'expired']),
  /** completed */
  result: z.unknown().optional(),
  /** dead, cancelled */
  reason: z.string().optional(),
  /**
   * dead: the name of the error. Its message is only in the worker's log, since it may contain addresses and secrets.
   */
  error: z.object({ name: z.string(), code: z.string().optional() }).optional(),
  /** ms since 1970, by the storage's clock */
  endedAt: z.number().optional(),
  /** delayed */
  dueInMs: z.number().optional(),
  /** running */
  progress: z.unknown().optional(),
})
export type TaskView = z.infer<typeof taskView>

/** Undefined when the storage knows nothing of the task. */
export function viewOfOutcome(id: string, outcome: Outcome): TaskView | undefined {
  if (outcome.state === 'unknown') return undefined
  if (outcome.state !== 'dead' || !outcome.error) return { id, ...outcome } as TaskView
  const { name, code } = outcome.error
  return { id, ...outcome, error: { name: isWord(name) ? name : 'Error', ...(isWord(code) && { code }) } }
}

/** A handler may put any value there. */
function isWord(text: string | undefined): text is string {
  return text !== undefined && /^[\w.-]{1,64}$/.test(text)
}
