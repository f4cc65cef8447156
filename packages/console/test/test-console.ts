import { createBroker } from '@mq/core'
import type { Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import { mqConsole } from '../src/index.ts'
import type { ConsoleOptions } from '../src/index.ts'

export interface TestConsole {
  readonly app: FastifyInstance
  readonly broker: Broker
}

/** A console on the memory adapter, in a Fastify app of its own. */
export async function testConsole(options: Partial<ConsoleOptions> = {}): Promise<TestConsole> {
  const { broker = createBroker(memoryAdapter()) } = options
  const app = Fastify()
  await app.register(mqConsole, { ...options, broker })
  onTestFinished(async () => {
    await app.close()
    await broker.close()
  })
  return { app, broker }
}
