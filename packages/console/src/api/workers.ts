import { z } from 'zod'
import { whoIs } from '../access/who-is.ts'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import type { Api } from './api.ts'
import { at, count, groupName, named, queueName, said, sourceName } from './schemas.ts'

const tags = ['Workers']

const workerEntry = named(
  'Worker',
  z.object({
    id: z.string(),
    queue: queueName.optional(),
    channel: sourceName.optional(),
    group: groupName.optional(),
    host: z.string(),
    pid: count,
    concurrency: count,
    batchSize: said('the most tasks of a call, where its handler gets batches', count.optional()),
    running: count,
    state: z.enum(['working', 'paused', 'quiet']),
    version: z.string(),
    startedAt: at,
    lastSeenAt: at,
    connected: said('just now; missing where the storage cannot say', z.boolean().optional()),
    alive: said('it has called within 15 s, and its process is connected as far as the storage says', z.boolean()),
  }),
)

const params = z.object({ id: said('the id of a worker', z.string().regex(/^[0-9a-z]{1,64}$/)) })
const asked = z.object({ outcome: z.enum(['asked', 'unknown']) })
const ORDERS = [
  ['quiet', 'Ask a worker to claim nothing more'],
  ['resume', 'Ask a quiet worker to claim again'],
] as const

/** `/workers`: those of all processes. */
export function workerRoutes(app: ConsoleApp, { broker, readings }: Api): void {
  app.get(
    '/workers',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listWorkers',
        tags,
        summary: 'The workers of all processes, the newest first',
        response: { 200: z.object({ workers: z.array(workerEntry) }) },
      },
    },
    async () => ({ workers: await readings.workers() }),
  )

  for (const [act, summary] of ORDERS) {
    app.post(
      `/workers/:id/${act}`,
      {
        config: { role: 'operator' },
        schema: { operationId: `${act}Worker`, tags, summary, params, response: { 200: asked } },
      },
      async ({ params: { id } }) => ({ outcome: await known(broker.worker(id)[act]()) }),
    )
  }

  app.post(
    '/workers/:id/stop',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'stopWorker',
        tags,
        summary: 'Ask a worker to end what it runs, and to close',
        description:
          'It cannot be resumed. It logs who asked: the name of the token, or what `authorize` said. A worker of an older version than this order leaves it alone.',
        params,
        response: { 200: asked },
      },
    },
    async (request) => ({ outcome: await known(broker.worker(request.params.id).stop({ by: whoIs(request) })) }),
  )
}
