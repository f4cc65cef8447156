import { createAppLogger } from '@mq/app-kit'
import { createBroker, defineQueue, unchecked } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { Job } from 'bullmq'
import { randomUUID } from 'node:crypto'
import type { Task } from '../task.ts'
import { bare } from './bare.ts'
import { bullmq } from './bullmq.ts'
import type { Contender, WebServer } from './contender.ts'
import { mq } from './mq.ts'
import { NO_QUEUE } from './no-queue.ts'

const ANYWHERE = { host: '127.0.0.1', port: 0 }
const SAME_ROUTE =
  'the same route with the same schemas of zod, and nothing else of `apps/web`: no headers, no hooks, no logger'

/** Adds a task; resolves to its id. */
type Add = (task: Task) => Promise<string>

/** A program that does what `POST /queues/:queue/tasks` of apps/web does, and no more. */
async function serve(add: Add, close?: () => Promise<void>): Promise<WebServer> {
  const [{ enqueueTaskSchema }, { default: Fastify }, { serializerCompiler, validatorCompiler }] = await Promise.all([
    import('@mq/web'),
    import('fastify'),
    import('fastify-type-provider-zod'),
  ])
  const app = Fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.post('/queues/:queue/tasks', { schema: enqueueTaskSchema }, async (request, reply) => {
    const id = await add((request.body as { payload: Task }).payload)
    const { queue } = request.params as { queue: string }
    return reply.code(202).header('location', `/queues/${queue}/tasks/${id}`).send({ id, state: 'pending' })
  })
  if (close) app.addHook('onClose', close)
  return { origin: await app.listen(ANYWHERE), close: () => app.close() }
}

/** apps/web itself, as its program starts it, with a queue for the bench's tasks. */
export const mqWeb: Contender = {
  name: 'mq-web',
  package: '@mq/core',
  title: (version) => `mq ${version} (apps/web)`,
  settings: 'apps/web as its program runs it: headers, checks of host, site and method, logger, console',
  connectProducer: mq.connectProducer,
  connectWorker: mq.connectWorker,
  web: {
    async serve(url) {
      const { buildApp } = await import('@mq/web')
      const logger = createAppLogger({ app: 'web', level: 'info' })
      const broker = createBroker(redisAdapter({ url }), { logger })
      await broker.ready({ timeoutMs: 60_000 })
      const queue = defineQueue({ name: 'bench', payload: unchecked<Task>() })
      const app = await buildApp({ broker, logger, queues: [queue] })
      app.addHook('onClose', () => broker.close())
      return { origin: await app.listen(ANYWHERE), close: () => app.close() }
    },
  },
}

export const fastify: Contender = {
  ...NO_QUEUE,
  name: 'fastify',
  package: 'fastify',
  title: (version) => `no queue (Fastify ${version})`,
  settings: `${SAME_ROUTE}; a task is forgotten`,
  web: { serve: () => serve(async () => randomUUID()), forgets: true },
}

export const fastifyRpush: Contender = {
  name: 'fastify-rpush',
  package: 'ioredis',
  title: (version) => `Fastify, one RPUSH (ioredis ${version})`,
  settings: `${SAME_ROUTE}; one RPUSH, awaited`,
  connectProducer: bare.connectProducer,
  connectWorker: bare.connectWorker,
  web: {
    async serve(url) {
      const producer = await bare.connectProducer(url)
      return serve(async (task) => {
        await producer.enqueue(task)
        return randomUUID()
      }, producer.close)
    },
  },
}

export const fastifyBullmq: Contender = {
  name: 'fastify-bullmq',
  package: 'bullmq',
  title: (version) => `Fastify, BullMQ ${version}`,
  settings: `${SAME_ROUTE}; \`add\`, awaited`,
  connectProducer: bullmq.connectProducer,
  connectWorker: bullmq.connectWorker,
  web: {
    async serve(url) {
      const producer = await bullmq.connectProducer(url)
      return serve(async (task) => ((await producer.enqueue(task)) as Job).id!, producer.close)
    },
  },
}
