// The suite of all adapters on queues and channels with partitions, on one server: at the ports on a clock that is held, with brokers
// on their own.
import { testPartitions } from '@mq/conformance'
import type { Fixture, PartitionsOptions } from '@mq/conformance'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { setTimeout as pass } from 'node:timers/promises'
import { afterAll, describe, it } from 'vitest'
import { HeldClock } from './lab/held-clock.ts'
import { RedisProgram } from './lab/redis-program.ts'

const server = await startRedis()
const redis = new Redis(server.url)
afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

async function held(): Promise<Fixture> {
  const prefix = randomUUID()
  const clock = await HeldClock.start(redis, `clock of ${prefix}`)
  const adapter = redisAdapter({ connect: () => clock.client(server.url), prefix })
  return fixture({ adapter, time: clock })
}

async function real(): Promise<Fixture> {
  return fixture({ adapter: redisAdapter({ url: server.url, prefix: randomUUID() }), time: { pass } })
}

function fixture(own: Pick<Fixture, 'adapter' | 'time'>): Fixture {
  const otherProgram = new RedisProgram(redis)
  return { ...own, otherProgram, dispose: () => otherProgram.close() }
}

function testWhere(isMeant: (title: string) => boolean, name: string, create: PartitionsOptions['create']): void {
  const { capabilities } = redisAdapter({ url: server.url })
  const some = (title: string, body: () => void): void => {
    if (title.endsWith(' conforms')) describe(title, body)
    else if (isMeant(title)) describe.concurrent(title, body)
    else describe.skip(title, body)
  }
  testPartitions({ describe: some, it }, { name, capabilities, create })
}

testWhere((title) => title.startsWith('queue port'), 'redisAdapter, on a clock that is held,', held)
testWhere((title) => /^(queue|worker|channel):/.test(title), 'redisAdapter', real)
