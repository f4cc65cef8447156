import type { QueueDefinition } from '../define/define-queue.ts'
import { MqError } from '../errors.ts'
import type { NewTask, Receipt } from '../ports/queue-driver.ts'

/** The error of a task that the storage refused. */
export function refusedBy(
  state: Exclude<Receipt['state'], 'accepted' | 'existing'>,
  { id, dedupe, replace }: NewTask,
  { name, capacity }: Pick<QueueDefinition, 'name' | 'capacity'>,
): MqError {
  if (state === 'full') return new MqError('queue-full', `queue ${name} is full (${capacity?.size} tasks wait)`)
  const whose = dedupe ? `the key of ${dedupe.key}` : `id ${id}`
  const why = replace ? 'that runs, and cannot be replaced' : 'with another payload'
  return new MqError('id-conflict', `${whose} belongs to a task ${why}`)
}

/** For a rejection: undefined where the queue is full. */
export function unlessFull(error: unknown): undefined {
  if (!MqError.is(error, 'queue-full')) throw error
}
