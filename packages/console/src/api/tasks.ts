import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { Problem } from '../problems/problem.ts'
import { taskEntry, viewOfEntry } from '../views/task-entry.ts'
import type { TaskEntryView } from '../views/task-entry.ts'
import { taskRecord, viewOfRecord, viewOfWhy, why } from '../views/task-record.ts'
import type { Api } from './api.ts'
import { cursor } from './cursor.ts'
import { flagOf, limitOf, queueName, said, taskId, waitMs } from './schemas.ts'
import { MOST_CHUNKS, taskChunks } from './task-chunks.ts'
import { searchTasks } from './search-tasks.ts'

const tags = ['Tasks']
const state = said(
  '`blocked`: of the delayed ones those that run after others, which have not all ended. `ended`: completed, cancelled and expired ones that are kept',
  z.enum(['waiting', 'delayed', 'blocked', 'running', 'ended', 'dead']),
)
/** Of a page, as tasks are stored, and one chunk more. */
const MOST_BYTES = 1 << 20

/** `/queues/…/tasks`, as they are read. */
export function taskRoutes(app: ConsoleApp, { directory, show, waits }: Api): void {
  const params = z.object({ queue: queueName })

  app.get(
    '/queues/:queue/tasks',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listTasks',
        tags,
        summary: 'The tasks in a state, page by page; of large ones a page has fewer',
        params,
        querystring: z.object({
          state,
          key: said('of those that wait, the tasks with this key', z.string().min(1).max(256).optional()),
          after: cursor.optional(),
          limit: limitOf(200, 50),
          payloads: flagOf('with payloads, headers and results'),
        }),
        response: {
          200: z.object({
            tasks: z.array(taskEntry),
            next: cursor.optional(),
          }),
        },
      },
    },
    async (request) => {
      const queue = await directory.queue(request.params.queue)
      const { limit, payloads = false, ...from } = request.query
      const shown = show(request, { queue: queue.name })
      const tasks: TaskEntryView[] = []
      let bytes = 0
      let chunks = 0
      const most = (): number => limit - tasks.length
      for await (const chunk of taskChunks(queue, { ...from, payloads, most })) {
        for (const task of chunk.tasks) tasks.push(viewOfEntry(task, shown))
        bytes += chunk.bytes
        const isEnough = tasks.length >= limit || bytes >= MOST_BYTES || ++chunks >= MOST_CHUNKS
        if (isEnough && chunk.next !== undefined) return { tasks, next: chunk.next }
      }
      return { tasks }
    },
  )

  app.get(
    '/queues/:queue/tasks/search',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'searchTasks',
        tags,
        summary: 'Tasks by id, reason, error and payload: looks at 500 and about 1 MiB, and says where to go on',
        params,
        querystring: z.object({
          text: said(
            'an id, or a part of a reason, an error or a payload; case does not matter',
            z.string().min(1).max(200),
          ),
          state: said('default: all, dead ones first', state.optional()),
          after: cursor.optional(),
          limit: limitOf(200, 50),
        }),
        response: {
          200: z.object({ tasks: z.array(taskEntry), scanned: z.int(), next: cursor.optional() }),
        },
      },
    },
    async (request) => {
      const queue = await directory.queue(request.params.queue)
      return searchTasks(queue, { ...request.query, show: show(request, { queue: queue.name }) })
    },
  )

  app.get(
    '/queues/:queue/tasks/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getTask',
        tags,
        summary: 'All that is known of a task, and why it does not run',
        params: params.extend({ id: taskId }),
        querystring: z.object({ waitMs }),
        response: { 200: z.object({ task: taskRecord, why }) },
      },
    },
    async (request, reply) => {
      const { id, queue: name } = request.params
      const queue = await directory.queue(name)
      const task = queue.task(id)
      if (request.query.waitMs > 0) await waits.forEnd(task, request.query.waitMs, reply)
      const [record, explanation] = await Promise.all([task.read(), queue.explain(id)])
      if (record === undefined) throw new Problem(404, 'unknown-task', 'nothing is known of such a task')
      return { task: viewOfRecord(record, show(request, { queue: name })), why: viewOfWhy(explanation) }
    },
  )
}
