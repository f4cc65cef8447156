import { createScheduler } from '@mq/scheduler'
import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { AllSchedules, MOST_SCHEDULES } from '../views/all-schedules.ts'
import { scheduleEntry, scheduleView, tickingView } from '../views/schedule-entry.ts'
import { unreadableEntry, viewOfFaults } from '../views/unreadable-entry.ts'
import type { Api } from './api.ts'
import { limitOf, named, queueName, said } from './schemas.ts'

export const ofQueue = named(
  'ScheduleOfQueue',
  scheduleEntry.omit({ payload: true, options: true }).extend({
    queue: queueName,
    ticked: said('whether some process ticks the schedules of its queue, as far as that is known', z.boolean()),
  }),
)

/** `/schedules`: those of all queues. */
export function allSchedulesRoutes(app: ConsoleApp, { broker, directory, readings, show }: Api): void {
  const all = new AllSchedules(createScheduler(broker, { ticks: false }))
  const isShared = broker.capabilities.crossProcess

  app.get(
    '/schedules',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listAllSchedules',
        tags: ['Schedules'],
        summary: 'The schedules of all queues, the next to tick first',
        querystring: z.object({ limit: limitOf(MOST_SCHEDULES, MOST_SCHEDULES) }),
        response: {
          200: z.object({
            schedules: z.array(ofQueue),
            unreadable: said('left out: those of these queues could not be read', z.array(unreadableEntry).optional()),
            more: said('there are others behind them, or queues that were not looked at', z.boolean()),
          }),
        },
      },
    },
    async (request) => {
      const { queues, more } = await readings.overview()
      const having = queues.filter(({ schedules }) => schedules !== undefined && schedules.count > 0)
      const found = await all.first(having.map(({ name }) => directory.anyQueue(name)))
      const { limit } = request.query
      const schedules = found.schedules.slice(0, limit).map(({ queue, entry }) => {
        const { payload: _, options: __, ...facts } = entry
        const { ticked } = tickingView(found.ticking.get(queue)!, isShared)
        return { queue, ...scheduleView(facts, show(request, { queue })), ticked }
      })
      return {
        schedules,
        ...viewOfFaults(found.faults, show(request, {})),
        more: more || found.more || found.schedules.length > limit,
      }
    },
  )
}
