import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { RedisClient } from '../../src/client.ts'
import { FlatRedis } from '../../src/flat-redis.ts'

let server: RedisServer
let flat: RedisClient
let plain: RedisClient
beforeAll(async () => {
  server = await startRedis()
  flat = new FlatRedis(server.url) as RedisClient
  plain = new Redis(server.url) as unknown as RedisClient
})
afterAll(async () => {
  flat.disconnect()
  plain.disconnect()
  await server.stop()
})

const ECHO = ['eval', 'return ARGV', 0] as const
const many = Array.from({ length: 3_000 }, (_, i) => `${i}`.repeat(i % 50))

it.each<[string, (string | number)[]]>([
  ['nothing', []],
  ['numbers', [0, -1, 1.5, 1e20, 1_795_948_800_123_456, Number.MAX_SAFE_INTEGER]],
  ['texts', ['', 'a', 'a b', '\r\n', '\n$3\r\n', '"', '\0']],
  ['what is not ASCII', ['ä', '生产消费者', '🦊', '\u2028']],
  ['three thousand', many],
])('the server gets what another client of ioredis sends: %s', async (_what, args) => {
  const [verb, ...head] = ECHO
  const echoed = await flat.call(verb, [...head, ...args])
  expect(echoed).toEqual(args.map(String))
  expect(echoed).toEqual(await plain.call(verb, [...head, ...args]))
})

it('leaves the arguments of the caller as they are', async () => {
  const args = ['return ARGV', 0, 1, 'a']
  await flat.call('eval', args)
  expect(args).toEqual(['return ARGV', 0, 1, 'a'])
})

it('an error is that of ioredis', async () => {
  const [ours, theirs] = await Promise.all(
    [flat, plain].map((client) => client.call('evalsha', ['no', 0]).catch((error: Error) => error)),
  )
  expect(ours).toMatchObject({ name: 'ReplyError', message: expect.stringContaining('NOSCRIPT') })
  expect(String(ours)).toBe(String(theirs))
})

it('does not look into each argument for lists', async () => {
  const looked = vi.spyOn(Array.prototype, 'flat')
  try {
    await flat.call('eval', ['return #ARGV', 0, ...many])
    const sizes = looked.mock.contexts.map((list) => (list as unknown[][]).reduce((sum, { length }) => sum + length, 0))
    expect(Math.max(0, ...sizes)).toBe(0)
    await plain.call('eval', ['return #ARGV', 0, ...many])
    expect(looked).toHaveBeenCalled()
  } finally {
    looked.mockRestore()
  }
})
