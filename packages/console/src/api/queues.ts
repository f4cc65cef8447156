import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import { queueSummary } from '../views/queue-summary.ts'
import { unreadableEntry, viewOfFaults } from '../views/unreadable-entry.ts'
import { abandoned } from './abandoned.ts'
import type { Api } from './api.ts'
import { checkConfirmed } from './check-confirmed.ts'
import { afterName, confirmName, count, flagOf, limitOf, queueName, reason, said } from './schemas.ts'

const tags = ['Queues']
const params = z.object({ queue: queueName })
const changed = z.object({ changed: z.boolean() })

/** `/queues`: how they are, and what is done to a whole one. */
export function queueRoutes(app: ConsoleApp, { broker, directory, readings, show, closing }: Api): void {
  app.get(
    '/queues',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listQueues',
        tags,
        summary: 'All queues, in the order of their names',
        querystring: z.object({ after: afterName.optional(), limit: limitOf(200, 50) }),
        response: {
          200: z.object({
            queues: z.array(queueSummary),
            unreadable: said('left out: these could not be read', z.array(unreadableEntry).optional()),
            next: queueName.optional(),
          }),
        },
      },
    },
    async (request) => {
      const { after, limit } = request.query
      const names = await broker.queues({ after, limit: limit + 1 })
      const shown = names.slice(0, limit)
      const { queues, faults } = await readings.queues(shown)
      return {
        queues,
        ...viewOfFaults(faults, show(request, {})),
        ...(names.length > limit && { next: shown.at(-1)! }),
      }
    },
  )

  app.get(
    '/queues/:queue',
    {
      config: { role: 'viewer' },
      schema: { operationId: 'getQueue', tags, summary: 'One queue', params, response: { 200: queueSummary } },
    },
    async ({ params: { queue } }) => {
      await directory.queue(queue)
      const { queues, faults } = await readings.queues([queue])
      if (queues[0] === undefined) throw faults.get(queue)!
      return queues[0]
    },
  )

  for (const act of ['pause', 'resume'] as const) {
    app.post(
      `/queues/:queue/${act}`,
      {
        config: { role: 'operator' },
        schema: {
          operationId: `${act}Queue`,
          tags,
          summary: act === 'pause' ? 'Let no worker claim' : 'Let workers claim again',
          params,
          response: { 200: changed },
        },
      },
      async ({ params: { queue } }) => ({ changed: await known((await directory.queue(queue))[act]()) }),
    )
  }

  app.post(
    '/queues/:queue/purge',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'purgeQueue',
        tags,
        summary: 'Cancel all tasks that have not started',
        params,
        body: z.strictObject({
          state: z.enum(['waiting', 'delayed']).optional(),
          reason: reason.optional(),
          confirm: confirmName,
        }),
        response: { 200: z.object({ changed: count }) },
      },
    },
    async ({ params: { queue: name }, body: { confirm, ...options } }, reply) => {
      checkConfirmed(confirm, name)
      const queue = await directory.queue(name)
      return { changed: await known(queue.purge({ ...options, signal: abandoned(reply, closing) })) }
    },
  )

  app.post(
    '/queues/:queue/repartition',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'repartitionQueue',
        tags,
        summary: 'A preview: give a queue that has partitions another number of them, while it is used',
        params,
        body: z.strictObject({ partitions: z.int().min(2).max(64), confirm: confirmName }),
        response: {
          200: z.object({ partitions: count, former: said('those of before that are not empty yet', z.array(count)) }),
        },
      },
    },
    async ({ params: { queue: name }, body: { confirm, partitions } }) => {
      checkConfirmed(confirm, name)
      const queue = await directory.queue(name)
      const divided = await known(queue.repartition(partitions, { preview: true }))
      return { partitions: divided.partitions, former: [...divided.former] }
    },
  )

  app.delete(
    '/queues/:queue',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'obliterateQueue',
        tags,
        summary: 'Delete a queue with all that is in it, for good',
        params,
        querystring: z.object({ confirm: confirmName, force: flagOf('also while tasks run or workers wait') }),
        response: { 204: z.null() },
      },
    },
    async ({ params: { queue: name }, query: { confirm, force } }, reply) => {
      checkConfirmed(confirm, name)
      const queue = await directory.queue(name)
      await known(queue.obliterate({ force }))
      return reply.code(204).send(null)
    },
  )
}
