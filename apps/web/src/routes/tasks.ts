import { MqError } from '@mq/core'
import type { Queue, Task } from '@mq/core'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { errorAnswers } from '../plugins/answer-errors.ts'
import { Refusal } from '../plugins/refusal.ts'
import type { WebApp } from '../web-app.ts'
import { unknownOutcome } from '../plugins/unknown-outcome.ts'
import { idOf } from './task-id.ts'
import { taskLocation } from './task-location.ts'
import { taskView, viewOfOutcome } from './task-view.ts'
import type { TaskView } from './task-view.ts'

const A_YEAR_MS = 31_536_000_000
const LONGEST_WAIT_MS = 30_000
const waitMs = z.preprocess(
  // Not `Number` alone, which takes "0x10", and nothing, as numbers.
  (text) => (typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : text),
  z.int().min(0).max(LONGEST_WAIT_MS),
)
const milliseconds = z.int().min(0).max(A_YEAR_MS)

const newTask = z
  .strictObject({
    payload: z
      .unknown()
      .optional()
      .meta({ examples: [7] }),
    id: z.string().optional(),
    delayMs: milliseconds.optional(),
    priority: z.int().min(0).max(9).optional(),
    timeoutMs: milliseconds.min(1).optional(),
    expiresInMs: milliseconds.min(1).optional(),
    headers: z.record(z.string(), z.string()).optional(),
  })
  // An error that core takes as a mistake of the program is a mistake of the client here.
  .refine(({ delayMs = 0, expiresInMs = Infinity }) => expiresInMs > delayMs, 'expiresInMs must be more than delayMs')
  .refine(
    (task) => JSON.stringify({ ...task, payload: undefined }).length <= 8_000,
    'at most 8,000 characters of headers',
  )

const params = z.object({ queue: z.string().meta({ examples: ['prodcons'] }) })

/** What `POST /queues/:queue/tasks` takes and answers. */
export const enqueueTaskSchema = {
  params,
  querystring: z.strictObject({ waitMs: waitMs.default(0) }),
  body: newTask,
  response: { 200: taskView, 202: taskView, ...errorAnswers },
}

export interface TaskRoutesOptions {
  readonly queues: ReadonlyMap<string, Queue>
  /** Aborts when the app closes, which ends the waiting for results. */
  readonly closing: AbortSignal
}

/** `POST /queues/:queue/tasks` and `GET /queues/:queue/tasks/:id` */
export function taskRoutes(app: WebApp, { queues, closing }: TaskRoutesOptions): void {
  // Checked first, so that an unknown queue is 404 whatever the body is.
  const onRequest = (request: { params: unknown }, _reply: FastifyReply, done: () => void): void => {
    queueNamed((request.params as { queue: string }).queue)
    done()
  }

  app.post(
    '/queues/:queue/tasks',
    {
      config: { produces: true },
      onRequest,
      schema: {
        operationId: 'enqueueTask',
        tags: ['Tasks'],
        description: 'With an `Idempotency-Key` it can be sent again after any error, and is there once.',
        summary: 'Enqueue a task, and wait for its result if you like',
        ...enqueueTaskSchema,
      },
    },
    async (request, reply) => {
      const { payload, ...options } = request.body
      const queue = queueNamed(request.params.queue)
      const id = idOf(options.id, request.headers['idempotency-key'])
      const location = taskLocation(queue, id)
      const task = await queue.enqueue(payload, { ...options, id }).catch((error: unknown) => {
        throw unknownOutcome(error, { id, location })
      })
      const view = request.query.waitMs > 0 ? await waitFor(task, request.query.waitMs, reply) : pending(task)
      return reply
        .code(view.state === 'pending' ? 202 : 200)
        .header('location', location)
        .send(view)
    },
  )

  app.get(
    '/queues/:queue/tasks/:id',
    {
      onRequest,
      schema: {
        operationId: 'getTask',
        tags: ['Tasks'],
        description: 'Of an ended one as long as its outcome is kept.',
        summary: 'Where a task is, or how it ended',
        params: params.extend({ id: z.string() }),
        response: { 200: taskView, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const task = queueNamed(request.params.queue).task(request.params.id)
      const { state, dueInMs, progress } = await task.status()
      reply.header('cache-control', 'no-store')
      if (state === 'waiting' || state === 'delayed' || state === 'running') {
        return { id: task.id, state, dueInMs, progress }
      }
      const view = viewOfOutcome(task.id, await task.outcome({ timeoutMs: 0 }))
      if (view === undefined) throw new Refusal(404, 'unknown-task', 'nothing is known of such a task')
      return view
    },
  )

  async function waitFor(task: Task, timeoutMs: number, reply: FastifyReply): Promise<TaskView> {
    // Not `request.signal`, which aborts as soon as a request's body is read.
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    try {
      const outcome = await task.outcome({ timeoutMs, signal: AbortSignal.any([gone.signal, closing]) })
      return viewOfOutcome(task.id, outcome) ?? pending(task)
    } catch (error) {
      if (gone.signal.aborted || closing.aborted || MqError.is(error, 'unavailable')) return pending(task) // and enqueued
      throw error
    }
  }

  function queueNamed(name: string): Queue {
    const queue = queues.get(name)
    if (!queue) throw new Refusal(404, 'unknown-queue', 'there is no such queue')
    return queue
  }
}

function pending({ id }: Task): TaskView {
  return { id, state: 'pending' }
}
