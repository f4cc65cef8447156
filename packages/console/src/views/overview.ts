import { z } from 'zod'
import { at, count, groupName, ms, named, percentiles, perSecond, queueName, said, sourceName } from '../api/schemas.ts'
import { groupSummary } from './group-summary.ts'
import { queueSummary } from './queue-summary.ts'

export const flow = named(
  'Flow',
  z.object({
    state: z.enum(['flowing', 'idle', 'stuck', 'paused', 'away']),
    because: said(
      '`no-members`: of a group. `schedules-stand`: ticks of `schedules` schedules are due, the earliest since `dueForMs`, and nobody does them. `quiet`: its workers claim nothing any more. `silent`: no worker has called for `silentMs`: all are busy, or gone. `unreadable`: nobody knows',
      z.enum([
        'no-workers',
        'no-members',
        'schedules-stand',
        'quiet',
        'silent',
        'unreadable',
        'paused',
        'storage-away',
        'backlog-grows',
        'failing',
        'none',
      ]),
    ),
    queue: queueName.optional(),
    channel: said('with `group`, where it is of a consumer group', sourceName.optional()),
    group: groupName.optional(),
    perMinute: z.number().optional(),
    silentMs: ms.optional(),
    waiting: said('`no-workers`, `no-members`, `quiet`, `paused`: tasks or messages that wait', count.optional()),
    overdue: said('and those that are delayed and due', count.optional()),
    held: said('`no-workers`, `no-members`: and those that workers hold that are gone', count.optional()),
    schedules: count.optional(),
    dueForMs: ms.optional(),
  }),
)
export type Flow = z.infer<typeof flow>

export const unreadable = named(
  'Unreadable',
  z.object({
    what: said(
      '`queues`, `channels`, `workers`: the list of them. `groups`: the list of those of `channel`',
      z.enum(['queue', 'queues', 'workers', 'channels', 'groups', 'group']),
    ),
    name: said('of the queue, or of the group', queueName.optional()),
    channel: said('of the group, or of the groups', sourceName.optional()),
    code: said('`layout-mismatch`, `storage-refused` …', z.string()),
  }),
)
export type Unreadable = z.infer<typeof unreadable>

export const overview = named(
  'Overview',
  z.object({
    at,
    storage: z.object({ state: z.enum(['up', 'away']), sinceAt: at.optional() }),
    flow,
    waiting: count,
    delayed: count,
    blocked: said('of the delayed ones, those that run after others', count),
    overdue: said('of the delayed ones, those that are due', count),
    running: count,
    dead: count,
    oldestWaitMs: ms.optional(),
    workers: count,
    perSecond,
    waitMs: said('of the queue in which tasks wait longest', percentiles.optional()),
    runMs: said('of the queue whose tasks run longest', percentiles.optional()),
    lag: said('messages that groups have not given to a member yet', count),
    oldestMessageMs: said('for how long the oldest message waits that no member of its group has', ms.optional()),
    deadMessages: said('dead letters of groups', count),
    queues: z.array(queueSummary),
    groups: said('consumer groups of channels and of outcomes, at most 200', z.array(groupSummary)),
    unreadable: said('what is left out: these could not be read', z.array(unreadable)),
    more: said('there are queues that are left out', z.boolean()),
    moreGroups: said('there are groups that are left out', z.boolean()),
  }),
)
export type Overview = z.infer<typeof overview>
