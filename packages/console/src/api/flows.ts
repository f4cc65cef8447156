import { systemClock } from '@mq/core'
import type { FlowGraph } from '@mq/core'
import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { Problem } from '../problems/problem.ts'
import { SharedLooks } from '../views/shared-looks.ts'
import type { Api } from './api.ts'
import { limitOf, named, queueName, said, taskId } from './schemas.ts'

const MOST_TASKS = 1_000
/** Graphs that are remembered for who looks at the same one. */
const MOST_LOOKS = 50

const flowTask = named(
  'FlowTask',
  z.object({
    queue: queueName,
    id: said('`n` and a number where it has none of its own, or that is not known', z.string()),
    state: said(
      '`unknown`: nothing is kept of it any more',
      z.enum(['waiting', 'blocked', 'delayed', 'running', 'completed', 'dead', 'cancelled', 'expired', 'unknown']),
    ),
  }),
)
const index = said('its place in `tasks`', z.int().min(0))

/** `/queues/…/tasks/…/graph`: a task with those that it runs after and those that run after it. */
export function flowRoutes(app: ConsoleApp, { directory }: Api): void {
  // A graph of 1,000 takes thousands of calls.
  const looks = new SharedLooks<FlowGraph>(systemClock, MOST_LOOKS)

  app.get(
    '/queues/:queue/tasks/:id/graph',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getGraph',
        tags: ['Tasks'],
        summary: 'The tasks around a task, over all queues: which run after which',
        description: 'The task itself first, then those that are nearest. More than `limit` are left out, with `more`.',
        params: z.object({ queue: queueName, id: taskId }),
        querystring: z.object({ limit: limitOf(MOST_TASKS, 50) }),
        response: {
          200: z.object({
            tasks: z.array(flowTask),
            edges: said('`from` has to end before `to` runs', z.array(z.object({ from: index, to: index }))),
            more: z.boolean(),
          }),
        },
      },
    },
    async ({ params, query: { limit } }) => {
      const task = (await directory.queue(params.queue)).task(params.id)
      const { tasks, edges, more } = await looks.look(JSON.stringify([params.queue, params.id, limit]), () =>
        task.graph({ limit }),
      )
      if (tasks.length === 0) throw new Problem(404, 'unknown-task', 'nothing is known of such a task')
      return { tasks: [...tasks], edges: [...edges], more }
    },
  )
}
