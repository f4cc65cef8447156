import type { Queue } from '@mq/core'
import { createScheduler } from '@mq/scheduler'
import type { ScheduleEntry } from '@mq/scheduler'
import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import { Problem } from '../problems/problem.ts'
import {
  detailView,
  missed,
  scheduleDetail,
  scheduleEntry,
  scheduleName,
  scheduleView,
  ticking,
  tickingView,
} from '../views/schedule-entry.ts'
import type { Api } from './api.ts'
import { scheduledOptions } from './new-task.ts'
import { at, count, limitOf, MAX_BODY, queueName, said, taskId } from './schemas.ts'
import { checkConfirmed } from './check-confirmed.ts'

const tags = ['Schedules']
const ofQueue = z.object({ queue: queueName })
const params = z.object({ queue: queueName, schedule: scheduleName })
const changed = z.object({ changed: z.boolean() })
const cursor = said('the `next` of the page before', z.string().min(1).max(1_200))
const A_CENTURY_MS = 4_102_444_800_000

/** What is wrong with a rule, the scheduler says: it knows patterns and zones. */
const newSchedule = z.strictObject({
  cron: said(
    'a pattern of five fields, or six with seconds in front',
    z.string().min(1).max(256).optional(),
    '0 9 * * 1',
  ),
  everyMs: said('instead of `cron`', count.max(A_CENTURY_MS).optional()),
  timeZone: said('of `cron`: an IANA name; default UTC', z.string().min(1).max(64).optional(), 'Europe/Berlin'),
  from: at.optional(),
  until: at.optional(),
  missed: said('of ticks that nobody came to within a minute; default `one`', missed.optional()),
  jitterMs: count.max(A_CENTURY_MS).optional(),
  payload: said('any JSON; without it that of the schedule that is there', z.unknown().optional(), { of: 'month' }),
  options: said('of each task; without it those of the schedule that is there', scheduledOptions.optional()),
})

const upserted = z.object({
  state: z.enum(['created', 'changed', 'unchanged']),
  differs: said('the options in which the one before differed', z.array(z.string())),
  nextAt: at.optional(),
})

/** `/queues/…/schedules`: tasks that come by the clock. */
export function scheduleRoutes(app: ConsoleApp, { broker, directory, show }: Api): void {
  // It reads and sets; others tick.
  const schedules = createScheduler(broker, { ticks: false })
  const isShared = broker.capabilities.crossProcess
  const PATH = '/queues/:queue/schedules'
  const ONE = `${PATH}/:schedule`

  /** What a change leaves as it is: its client may not have been shown it. */
  const kept = async (
    of: Queue,
    name: string,
    { payload, options }: z.infer<typeof newSchedule>,
  ): Promise<Pick<ScheduleEntry, 'payload' | 'options'>> => {
    if (payload !== undefined && options !== undefined) return {}
    const { payload: itsPayload, options: itsOptions } = (await schedules.read(of, name)) ?? {}
    return { payload: itsPayload, options: itsOptions }
  }

  app.get(
    PATH,
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listSchedules',
        tags,
        summary: 'The schedules of a queue, the next to tick first',
        params: ofQueue,
        querystring: z.object({ after: cursor.optional(), limit: limitOf(200, 50) }),
        response: { 200: z.object({ schedules: z.array(scheduleEntry), next: cursor.optional(), ...ticking }) },
      },
    },
    async (request) => {
      const { params, query } = request
      const page = await schedules.list(await directory.queue(params.queue), query)
      const shown = show(request, { queue: params.queue })
      return {
        schedules: page.schedules.map((each) => scheduleView(each, shown)),
        ...(page.next !== undefined && { next: page.next }),
        ...tickingView(page, isShared),
      }
    },
  )

  app.get(
    ONE,
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getSchedule',
        tags,
        summary: 'A schedule with its next ticks, and why it has made no task',
        params,
        response: { 200: scheduleDetail },
      },
    },
    async (request) => {
      const { queue, schedule } = request.params
      const found = await schedules.explain(await directory.queue(queue), schedule)
      const entry = found.facts.schedule
      if (entry === undefined) throw unknown()
      return detailView(found, entry, show(request, { queue }), isShared)
    },
  )

  app.put(
    ONE,
    {
      config: { role: 'operator' },
      bodyLimit: MAX_BODY,
      schema: {
        operationId: 'setSchedule',
        tags,
        summary: 'Set what a schedule is, whether there is one or not; a pause stays',
        params,
        body: newSchedule,
        response: { 200: upserted },
      },
    },
    async ({ params: { queue, schedule }, body }) => {
      const of = directory.anyQueue(queue)
      const { payload, options, ...rule } = { ...(await kept(of, schedule, body)), ...body }
      if (payload === undefined) throw new Problem(400, 'invalid-request', 'a new schedule needs a payload')
      const { state, differs, nextAt } = await known(schedules.upsert(of, schedule, { ...rule, payload, options }))
      return { state, differs: [...differs], ...(nextAt !== undefined && { nextAt }) }
    },
  )

  app.delete(
    ONE,
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'removeSchedule',
        tags,
        summary: 'Remove a schedule; tasks that it made stay',
        params,
        querystring: z.object({
          confirm: said('the name once more, so that nothing else is meant', z.string().max(256)),
        }),
        response: { 200: changed },
      },
    },
    async ({ params: { queue, schedule }, query: { confirm } }) => {
      checkConfirmed(confirm, schedule)
      return { changed: await known(schedules.remove(await directory.queue(queue), schedule)) }
    },
  )

  for (const act of ['pause', 'resume'] as const) {
    app.post(
      `${ONE}/${act}`,
      {
        config: { role: 'operator' },
        schema: {
          operationId: `${act}Schedule`,
          tags,
          summary: act === 'pause' ? 'Let it have no ticks' : 'Let it tick again; ticks of the pause count as none',
          params,
          response: { 200: changed },
        },
      },
      async ({ params: { queue, schedule } }) => {
        const of = await directory.queue(queue)
        if (await known(schedules[act](of, schedule))) return { changed: true }
        if ((await schedules.read(of, schedule)) !== undefined) return { changed: false }
        throw unknown()
      },
    )
  }

  app.post(
    `${ONE}/run`,
    {
      config: { role: 'producer' },
      schema: {
        operationId: 'runSchedule',
        tags,
        summary: 'Add a task of it now, beside its ticks, also while it is paused',
        params,
        response: { 202: z.object({ id: taskId }) },
      },
    },
    async ({ params: { queue, schedule } }, reply) => {
      const { id } = await known(schedules.runNow(await directory.queue(queue), schedule))
      return reply.code(202).send({ id })
    },
  )
}

function unknown(): Problem {
  return new Problem(404, 'unknown-schedule', 'there is no such schedule in this queue')
}
