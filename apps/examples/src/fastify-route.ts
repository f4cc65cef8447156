// A route that enqueues a task and waits for its result, as long as the client does.
import { MqError, defineQueue } from '@mq/core'
import type { Broker, MqErrorCode } from '@mq/core'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'

const Order = z.object({ product: z.string(), count: z.int().positive() })

export const orders = defineQueue({
  name: 'orders',
  payload: Order,
  result: z.object({ price: z.number() }),
  attempts: 1,
  capacity: { size: 1_000, whenFull: 'reject' },
})

export function buildApp(broker: Broker, { waitMs = 5_000 } = {}): FastifyInstance {
  const app = Fastify()
  const queue = broker.queue(orders)

  app.post<{ Body: z.input<typeof Order> }>('/orders', async (request, reply) => {
    const signal = untilClosed(reply)
    const task = await queue.enqueue(request.body, { signal }) // checks the body
    reply.header('location', `/orders/${task.id}`)
    return task.result({ signal, timeoutMs: waitMs })
  })

  app.get<{ Params: { id: string } }>('/orders/:id', async (request) =>
    queue.task(request.params.id).outcome({ timeoutMs: 0 }),
  )

  app.setErrorHandler((error, _request, reply) => {
    if (!MqError.is(error)) throw error
    const { code, message } = error
    const status = STATUS[code] ?? 500
    return reply.code(status).send(status < 500 ? { code, message } : { code }) // what a worker threw is not for clients
  })
  return app
}

const STATUS: Partial<Record<MqErrorCode, number>> = {
  'invalid-payload': 400,
  'invalid-id': 400,
  'invalid-options': 400,
  'payload-too-large': 413,
  'queue-full': 429,
  'wait-timeout': 202, // it goes on: look at the location later
  'task-cancelled': 409,
  'task-dead': 502,
  unavailable: 503,
  'storage-full': 503,
}

/** Aborts when the client hangs up. (`request.signal` of Fastify 5.12 aborts as soon as a body was read.) */
function untilClosed(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}
