import { testAdapter } from '@mq/conformance'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import type { RedisBinary } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { setTimeout as pass } from 'node:timers/promises'
import { afterAll, describe, it } from 'vitest'
import { HeldClock } from './held-clock.ts'
import { RedisProgram } from './redis-program.ts'

const isSuite = (title: string): boolean => title.endsWith(' conforms')
const isOfPort = (title: string): boolean => /\bport\b/.test(title)

/** The suite of all adapters. Each case has a prefix of its own on one server, and several run at once. */
export async function conformanceOn(name: string, binary?: RedisBinary): Promise<void> {
  const server = await startRedis({ binary })
  const redis = new Redis(server.url)
  const { capabilities } = redisAdapter({ url: server.url })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })

  // Those of the ports need no other clock than the server's.
  testAdapter(
    { describe: (title, body) => void ((isSuite(title) || isOfPort(title)) && describe.concurrent(title, body)), it },
    {
      name: `${name}, on a clock that is held,`,
      capabilities,
      create: async () => {
        const prefix = randomUUID()
        const otherProgram = new RedisProgram(redis)
        const clock = await HeldClock.start(redis, `clock of ${prefix}`)
        return {
          adapter: redisAdapter({ connect: () => clock.client(server.url), prefix }),
          time: clock,
          otherProgram,
          dispose: () => otherProgram.close(),
        }
      },
    },
  )

  // Brokers have a clock of their own, so that here a lease takes as long as it takes.
  testAdapter(
    { describe: (title, body) => void (isOfPort(title) || describe.concurrent(title, body)), it },
    {
      name,
      capabilities,
      create: async () => {
        const otherProgram = new RedisProgram(redis)
        return {
          adapter: redisAdapter({ url: server.url, prefix: randomUUID() }),
          time: { pass },
          otherProgram,
          dispose: () => otherProgram.close(),
        }
      },
    },
  )
}
