import type { Task, TreeCancelled } from '@mq/core'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { noteChange } from '../access/audit-changes.ts'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import type { Api } from './api.ts'
import { segmentOf } from './segment.ts'
import { count, duration, MAX_BODY, queueName, reason, said, taskId } from './schemas.ts'

const tags = ['Tasks']
const MOST_IN_BULK = 1_000
/** How many calls go to the storage at the same time. */
const AT_ONCE = 100

const noBody = z.strictObject({}).nullish()

/** `/queues/…/tasks/…`, as they are changed. */
export function taskChangeRoutes(app: ConsoleApp, { directory, path }: Api): void {
  const params = z.object({ queue: queueName, id: taskId })
  const others = said(
    '`tree`: of the tasks that run after it, how many were cancelled, and how many had ended before',
    z.object({ cancelled: count, tooLate: count }).optional(),
  )
  const changed = { 200: z.object({ outcome: z.enum(['cancelled', 'changed', 'too-late']), others }) }

  /** `act` is the last part of the path, too. */
  function change<Body extends z.ZodType>(
    act: string,
    operationId: string,
    summary: string,
    body: Body,
    call: (
      task: Task,
      body: z.infer<Body>,
      request: FastifyRequest,
    ) => Promise<'cancelled' | 'changed' | 'too-late' | TreeCancelled>,
  ): void {
    app.post(
      `/queues/:queue/tasks/:id/${act}`,
      {
        config: { role: 'operator' },
        ...(act === 'payload' && { bodyLimit: MAX_BODY }),
        schema: { operationId, tags, summary, params, body, response: changed },
      },
      async (request) => {
        const { queue: name, id } = request.params as z.infer<typeof params>
        const queue = await directory.queue(name)
        const done = call(queue.task(id), request.body as z.infer<Body>, request)
        const answer = await known(done, `${path}/queues/${segmentOf(name)}/tasks/${segmentOf(id)}`)
        return typeof answer === 'string' ? { outcome: answer } : answer
      },
    )
  }

  change(
    'cancel',
    'cancelTask',
    'Cancel a task; one that runs is taken from its worker',
    z
      .strictObject({
        reason: reason.optional(),
        tree: said(
          'and before it all tasks that run after it, directly or not: also where it has ended itself, which is `too-late`',
          z.boolean().optional(),
        ),
      })
      .nullish(),
    (task, body, request) => {
      if (!body?.tree) return task.cancel({ reason: body?.reason })
      noteChange(request, 'tree')
      return task.cancelTree({ reason: body.reason })
    },
  )
  change('promote', 'promoteTask', 'Let a delayed task wait for a worker now', noBody, (task) => task.promote())
  change(
    'reschedule',
    'rescheduleTask',
    'Make a task due at another time',
    z.strictObject({ delayMs: duration }),
    (task, options) => task.reschedule(options),
  )
  change(
    'priority',
    'prioritizeTask',
    'Give a task another priority',
    z.strictObject({ priority: z.int().min(0).max(9) }),
    (task, { priority }) => task.changePriority(priority),
  )
  change(
    'payload',
    'updateTask',
    'Give a task another payload',
    z.strictObject({ payload: said('any JSON', z.unknown(), { to: 'ann@example.com' }) }),
    (task, { payload }) => task.update(payload),
  )

  app.post(
    '/queues/:queue/tasks/bulk',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'changeTasks',
        tags,
        summary: 'Cancel or promote up to 1,000 tasks',
        params: z.object({ queue: queueName }),
        body: z.strictObject({
          action: z.enum(['cancel', 'promote']),
          ids: z.array(taskId).min(1).max(MOST_IN_BULK),
          reason: reason.optional(),
        }),
        response: { 200: z.object({ changed: count, tooLate: z.array(taskId) }) },
      },
    },
    async ({ params, body: { action, ids, reason } }) => {
      const queue = await directory.queue(params.queue)
      // Refused before anything is done.
      const tasks = [...new Set(ids)].map((id) => queue.task(id))
      const tooLate: string[] = []
      for (let from = 0; from < tasks.length; from += AT_ONCE) {
        const some = tasks.slice(from, from + AT_ONCE)
        const calls = some.map((task) => (action === 'cancel' ? task.cancel({ reason }) : task.promote()))
        const done = await known(Promise.all(calls))
        done.forEach((outcome, i) => outcome === 'too-late' && tooLate.push(some[i]!.id))
      }
      return { changed: tasks.length - tooLate.length, tooLate }
    },
  )
}
