import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import type { Api } from './api.ts'
import { at, count, named, percentiles, queueName, said, wholeNumber } from './schemas.ts'

const point = named(
  'HistoryPoint',
  z.object({
    at,
    waiting: count,
    delayed: count.optional(),
    running: count.optional(),
    dead: count.optional(),
    enqueued: count.optional(),
    completed: count,
    failed: count,
    waitMs: percentiles.optional(),
    runMs: percentiles.optional(),
  }),
)
const resolution = z.enum(['10s', '1h'])
const time = wholeNumber(0, 8.64e15)

const period = z.object({
  resolution: said('how long each point is', resolution.default('10s')),
  from: said('the first point, ms since 1970', time.optional()),
  to: said('the last point', time.optional()),
})

/** `/queues/…/history`: what the charts show. */
export function historyRoutes(app: ConsoleApp, { directory }: Api): void {
  app.get(
    '/queues/:queue/history',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getHistory',
        tags: ['Queues'],
        summary: 'A day in steps of 10 s, or 90 days in steps of an hour',
        params: z.object({ queue: queueName }),
        querystring: period,
        response: { 200: z.object({ resolution, points: z.array(point) }) },
      },
    },
    async ({ params, query }) => {
      const queue = await directory.queue(params.queue)
      return { resolution: query.resolution, points: await queue.history(query) }
    },
  )
}
