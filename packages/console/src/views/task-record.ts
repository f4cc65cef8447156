import type { Explanation, TaskRecord } from '@mq/core'
import { z } from 'zod'
import { ms, named, said, taskId, at, count } from '../api/schemas.ts'
import type { Show } from './show.ts'
import { commonOfTask, shownOf, taskError } from './task-entry.ts'

const attemptError = named('AttemptError', taskError.extend({ at, attempt: count }))
const moment = named(
  'Moment',
  z.object({ at, what: z.string(), attempt: count.optional(), text: z.string().optional() }),
)

const logLine = named('LogLine', z.object({ at, line: said('what redaction leaves of it', z.unknown()) }))

export const taskRecord = named(
  'Task',
  z.object({
    ...commonOfTask,
    attempts: said('how often its handler may fail', count.optional()),
    dueInMs: ms.optional(),
    expiresAt: said(
      'when it is too late to run it; in the past: the next worker that is given it ends it',
      at.optional(),
    ),
    leaseEndsInMs: ms.optional(),
    progress: said('running: what its handler reported last', z.unknown().optional()),
    errors: said('of its last 5 failed attempts, the oldest first', z.array(attemptError).optional()),
    logs: said('what its handler logged, the last lines', z.array(logLine).optional()),
    logsDropped: said('how many lines are missing', count.optional()),
    timeline: z.array(moment),
  }),
)
export type TaskRecordView = z.infer<typeof taskRecord>

export const why = named(
  'Why',
  z.object({
    because: said('stable: `next`, `paused`, `no-worker`, `behind-others` …', z.string()),
    text: said('a sentence; its words may change', z.string()),
    parents: said(
      '`blocked`: the tasks that it runs after',
      z
        .object({
          count,
          ended: count,
          failed: said('of the first 1,000, those that did not complete', count),
          onDead: said('what becomes of it where one does not complete', z.enum(['bury', 'run', 'cancel'])),
        })
        .optional(),
    ),
  }),
)

/** A task that was just enqueued, or waited for. */
export const enqueued = named(
  'Enqueued',
  z.object({
    id: taskId,
    existing: said('there was such a task before', z.boolean()),
    state: z.enum(['pending', 'completed', 'dead', 'cancelled', 'expired']),
    result: commonOfTask.result,
    reason: z.string().optional(),
    error: taskError.optional(),
    endedAt: at.optional(),
  }),
)

export function viewOfRecord(task: TaskRecord, show: Show): TaskRecordView {
  const { errors, timeline, logs, ...record } = task
  return {
    ...record,
    ...shownOf(record, show),
    ...('progress' in record && { progress: show.value(record.progress, 'progress', record.id) }),
    ...(errors !== undefined && {
      errors: errors.map((error) => ({ ...show.error(error), at: error.at, attempt: error.attempt })),
    }),
    ...(logs !== undefined && { logs: logs.map(({ at, line }) => ({ at, line: show.value(line, 'log', record.id) })) }),
    timeline: timeline.map((moment) => shownMoment(moment, show)),
  }
}

/** The text of a failure is the message of its error. */
function shownMoment(
  { text, ...moment }: TaskRecord['timeline'][number],
  show: Show,
): TaskRecordView['timeline'][number] {
  const shown = moment.what === 'failed' ? show.error({ message: text }).message : text
  return { ...moment, ...(shown !== undefined && { text: shown }) }
}

export function viewOfWhy({ because, text, family }: Explanation): z.infer<typeof why> {
  if (family === undefined) return { because, text }
  const failed = family.parents.filter(({ end }) => end !== undefined && end.state !== 'completed').length
  return { because, text, parents: { count: family.count, ended: family.heard, failed, onDead: family.onDead } }
}
