import type { Outcome, Task } from '@mq/core'
import type { FastifyReply } from 'fastify'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import { problemOf } from '../problems/problem-of.ts'
import type { Show } from '../views/show.ts'
import { enqueued } from '../views/task-record.ts'
import type { Api } from './api.ts'
import { chooseId, idempotencyKey, idOfKey, newTask, optionsOf } from './new-task.ts'
import { segmentOf } from './segment.ts'
import { MAX_BODY, named, queueName, taskId, waitMs } from './schemas.ts'
import type { Waits } from './waits.ts'

const tags = ['Tasks']
const params = z.object({ queue: queueName })
/** 4 MiB of tasks, and what JSON adds to them. */
const MAX_BATCH_BODY = 8 << 20
const MOST_IN_BATCH = 1_000

/** `/queues/…/tasks`, as they are added. */
export function enqueueRoutes(app: ConsoleApp, api: Api): void {
  const { directory, path, show, waits } = api
  const locationOf = (queue: string, id: string): string => `${path}/queues/${segmentOf(queue)}/tasks/${segmentOf(id)}`

  app.post(
    '/queues/:queue/tasks',
    {
      config: { role: 'producer' },
      bodyLimit: MAX_BODY,
      schema: {
        operationId: 'enqueueTask',
        tags,
        summary: 'Enqueue a task, and wait for its end if you like',
        params,
        querystring: z.object({ waitMs }),
        headers: idempotencyKey,
        body: newTask,
        response: { 200: enqueued, 202: enqueued },
      },
    },
    async (request, reply) => {
      const { body, params, query } = request
      const { payload, ...options } = body
      const queue = directory.anyQueue(params.queue)
      const id = chooseId(body, request.headers['idempotency-key'], randomUUID)
      const location = id === undefined ? undefined : locationOf(queue.name, id)
      const task = await known(queue.enqueue(payload, { ...optionsOf(options, request.id), id }), location)
      reply.header('location', locationOf(queue.name, task.id))
      const view = await viewOf(task, show(request, { queue: queue.name }), waits, query.waitMs, reply)
      return reply.code(view.state === 'pending' ? 202 : 200).send(view)
    },
  )

  app.post(
    '/queues/:queue/tasks/batch',
    {
      config: { role: 'producer' },
      bodyLimit: MAX_BATCH_BODY,
      schema: {
        operationId: 'enqueueTasks',
        tags,
        summary: 'Enqueue up to 1,000 tasks, all or none',
        params,
        headers: idempotencyKey,
        body: z.strictObject({ tasks: z.array(newTask).min(1).max(MOST_IN_BATCH) }),
        response: {
          202: z.object({ tasks: z.array(named('Added', z.object({ id: taskId, existing: z.boolean() }))) }),
        },
      },
    },
    async (request, reply) => {
      const queue = directory.anyQueue(request.params.queue)
      const key = request.headers['idempotency-key']
      const entries = request.body.tasks.map(({ payload, ...task }, i) => {
        const id = task.id ?? (key === undefined || task.dedupe ? undefined : idOfKey(`${key}\n${i}`))
        return { payload, ...optionsOf(task, request.id), id }
      })
      const tasks = await known(queue.enqueueAll(entries))
      return reply.code(202).send({ tasks: tasks.map(({ id, existing }) => ({ id, existing })) })
    },
  )
}

async function viewOf(
  task: Task,
  show: Show,
  waits: Waits,
  timeoutMs: number,
  reply: FastifyReply,
): Promise<z.infer<typeof enqueued>> {
  const { id, existing } = task
  const pending = { id, existing, state: 'pending' as const }
  if (timeoutMs === 0) return pending
  const outcome = await waits.forEnd(task, timeoutMs, reply).catch((thrown: unknown): Outcome => {
    // Whatever is wrong with waiting, the task is enqueued: a client that is refused would enqueue another.
    reply.log.info({ reason: problemOf(thrown).code }, 'a task that was enqueued is not waited for')
    return { state: 'pending' }
  })
  switch (outcome.state) {
    case 'pending':
    case 'unknown': // It ended, and nothing is kept of it.
      return pending
    case 'completed':
      return { ...outcome, id, existing, result: show.value(outcome.result, 'result', id) }
    case 'dead':
      return { ...outcome, id, existing, error: outcome.error && show.error(outcome.error) }
    default:
      return { ...outcome, id, existing }
  }
}
