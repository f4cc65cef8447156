import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { costBetween } from '../src/meters/meter.ts'
import { RedisMeter } from '../src/meters/redis-meter.ts'

let server: RedisServer
let client: Redis
let meter: RedisMeter

beforeAll(async () => {
  server = await startRedis()
  client = new Redis(server.url)
  meter = await RedisMeter.connect(server.url)
})

afterAll(async () => {
  await meter.close()
  client.disconnect()
  await server.stop()
})

const processed = async (): Promise<number> =>
  Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1])

it('counts the commands that a script calls, as total_commands_processed does', async () => {
  const before = await meter.read()
  const processedBefore = await processed()
  await client.eval("for i = 1, 10 do redis.call('RPUSH', KEYS[1], i) end", 1, 'list')
  // The INFO that gave the first number counts itself only afterwards.
  expect((await processed()) - processedBefore).toBe(1 + 10 + 1)
  const { calls, commands } = costBetween(before, await meter.read())
  expect(calls).toEqual({ eval: 1, rpush: 10 })
  expect(commands).toBe(11)
})

it('leaves its own questions out', async () => {
  const before = await meter.read()
  await meter.read()
  expect(costBetween(before, await meter.read()).commands).toBe(0)
})

it('sees the processor time and the memory that commands take', async () => {
  const before = await meter.read()
  await client.eval("for i = 1, 100000 do redis.call('RPUSH', KEYS[1], i) end", 1, 'long')
  const after = await meter.read()
  expect(costBetween(before, after).cpuUs).toBeGreaterThan(0)
  expect(after.memoryBytes).toBeGreaterThan(before.memoryBytes + 100_000)
})

it('waits until memory stands still, and empties the server', async () => {
  await meter.flush()
  expect(await client.dbsize()).toBe(0)
  expect(await meter.settledMemory()).toBeGreaterThan(0)
})
