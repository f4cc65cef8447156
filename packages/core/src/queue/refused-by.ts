import type { QueueDefinition } from '../define/define-queue.ts'
import { MqError } from '../errors.ts'
import type { NewTask, Receipt } from '../ports/queue-driver.ts'

/** The error of a task that the storage refused. */
export function refusedBy(
  receipt: Extract<Receipt, { state: 'full' | 'conflict' | 'moved' }>,
  { id, dedupe, replace, key }: NewTask,
  { name, capacity }: Pick<QueueDefinition, 'name' | 'capacity'>,
): MqError {
  // A queue without partitions is sealed by nobody.
  if (receipt.state === 'moved') return new MqError('unavailable', `queue ${name} is being divided anew`)
  if (receipt.state === 'full') {
    const isOfKey = receipt.of === 'key'
    const what = isOfKey
      ? `queue ${name} is full for a key (${capacity?.perKey}`
      : `queue ${name} is full (${capacity?.size}`
    const details = isOfKey && key !== undefined ? { details: { key } } : {}
    return new MqError('queue-full', `${what} tasks wait)`, details)
  }
  const whose = dedupe ? `the key of ${dedupe.key}` : `id ${id}`
  const why = replace ? 'that runs, and cannot be replaced' : 'with another payload'
  return new MqError('id-conflict', `${whose} belongs to a task ${why}`)
}

/** For a rejection: undefined where the queue is full. */
export function unlessFull(error: unknown): undefined {
  if (!MqError.is(error, 'queue-full')) throw error
}
