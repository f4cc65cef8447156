import type { Outcome } from '@mq/core'
import { z } from 'zod'

/** A task as a client sees it. */
export const taskView = z.object({
  id: z.string(),
  /** `pending`: enqueued, and not looked at since. */
  state: z.enum(['pending', 'waiting', 'delayed', 'running', 'completed', 'dead', 'cancelled', 'expired', 'unknown']),
  /** completed */
  result: z.unknown().optional(),
  /** dead, cancelled */
  reason: z.string().optional(),
  /** dead. The stack stays here. */
  error: z.object({ name: z.string(), message: z.string(), code: z.string().optional() }).optional(),
  /** ms since 1970, by the storage's clock */
  endedAt: z.number().optional(),
  /** delayed */
  dueInMs: z.number().optional(),
  /** running */
  progress: z.unknown().optional(),
})
export type TaskView = z.infer<typeof taskView>

export function viewOfOutcome(id: string, outcome: Outcome): TaskView {
  if (outcome.state !== 'dead' || !outcome.error) return { id, ...outcome } as TaskView
  const { name, message, code } = outcome.error
  return { id, ...outcome, error: { name, message, ...(code !== undefined && { code }) } }
}
