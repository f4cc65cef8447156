import type { TaskEntry } from '@mq/core'
import { z } from 'zod'
import { at, count, named, said, taskId } from '../api/schemas.ts'
import type { Show } from './show.ts'

const text = z.string().optional()
/** What a handler threw. */
export const taskError = named('TaskError', z.object({ name: text, message: text, code: text, stack: text }))

const state = z.enum(['waiting', 'delayed', 'running', 'completed', 'cancelled', 'expired', 'dead'])
const some = (words: string): z.ZodOptional<z.ZodUnknown> => said(words, z.unknown().optional())

/** What a task in a list and a whole one have in common. */
export const commonOfTask = {
  id: taskId,
  state,
  key: said('that it was enqueued with', z.string().optional()),
  blocked: said('delayed: until the tasks that it runs after have ended', z.literal(true).optional()),
  priority: z.int().optional(),
  enqueuedAt: at.optional(),
  failures: count.optional(),
  crashes: count.optional(),
  endedAt: at.optional(),
  reason: z.string().optional(),
  error: said('dead: the last error; name and code for all, the rest for operators', taskError.optional()),
  payload: some('what redaction leaves of it'),
  headers: some('texts by name; what redaction leaves of them'),
  result: some('completed: what redaction leaves of it'),
  malformed: said('another program wrote it', z.boolean().optional()),
}

export const taskEntry = named(
  'TaskEntry',
  z.object({
    ...commonOfTask,
    bytes: said('of header and payload, as they are stored', count),
    dueAt: at.optional(),
    leaseEndsAt: at.optional(),
  }),
)
export type TaskEntryView = z.infer<typeof taskEntry>

type Common = Pick<TaskEntry, 'id' | 'payload' | 'headers' | 'result' | 'error'>

/** Of the values in it, what may be seen. */
export function shownOf(task: Common, show: Show): Partial<Common> {
  const { id, payload, headers, result, error } = task
  return {
    ...('payload' in task && { payload: show.value(payload, 'payload', id) }),
    ...(headers !== undefined && { headers: show.value(headers, 'headers', id) as Common['headers'] }),
    ...('result' in task && { result: show.value(result, 'result', id) }),
    ...(error !== undefined && { error: show.error(error) as Common['error'] }),
  }
}

export function viewOfEntry(entry: TaskEntry, show: Show): TaskEntryView {
  return { ...entry, ...shownOf(entry, show) }
}
