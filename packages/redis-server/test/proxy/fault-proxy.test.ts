import { Redis } from 'ioredis'
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BLACKHOLE, CALM, FaultProxy } from '@mq/redis-server/proxy'

let server: RedisServer
let direct: Redis

beforeAll(async () => {
  server = await startRedis()
  direct = new Redis(server.url)
})

afterAll(async () => {
  direct.disconnect()
  await server.stop()
})

const LATE_MS = 300

async function through(use: (client: Redis, proxy: FaultProxy) => Promise<void>): Promise<void> {
  await using proxy = await FaultProxy.start(server.port, () => 0)
  const client = new Redis(proxy.url, { retryStrategy: null, maxRetriesPerRequest: 0 })
  client.on('error', () => undefined)
  await client.ping()
  await use(client, proxy)
  client.disconnect()
}

/** Whether it has settled within a while. */
function isPending(work: Promise<unknown>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), LATE_MS))
  return Promise.race([work.then(() => false), late])
}

it('holds commands, or replies, and delivers them when the weather changes', async () => {
  await through(async (client, proxy) => {
    proxy.weather = { holdCommands: true }
    const held = client.set('commands', '1')
    expect(await isPending(held)).toBe(true)
    expect(await direct.get('commands')).toBeNull()
    proxy.weather = CALM
    await held
    proxy.weather = { holdReplies: true }
    const unanswered = client.set('replies', '1')
    expect(await isPending(unanswered)).toBe(true)
    expect(await direct.get('replies')).toBe('1')
    proxy.weather = CALM
    expect(await unanswered).toBe('OK')
  })
})

it('delays each way', async () => {
  await through(async (client, proxy) => {
    proxy.weather = { latencyMs: 100 }
    const begin = performance.now()
    await client.ping()
    expect(performance.now() - begin).toBeGreaterThan(195)
  })
})

it('lets a script be executed and cuts off its reply, once', async () => {
  await through(async (client, proxy) => {
    const sha = String(await direct.script('LOAD', "return redis.call('INCR', KEYS[1])"))
    const cut = proxy.cutNextReply()
    await client.ping()
    expect(cut.done()).toBe(false)
    await expect(client.evalsha(sha, 1, 'cut')).rejects.toThrow()
    expect(cut.done()).toBe(true)
    expect(await direct.get('cut')).toBe('1')
  })
})

it('cuts the reply of the call that is meant, on whichever connection it is', async () => {
  await through(async (client, proxy) => {
    const other = new Redis(proxy.url, { retryStrategy: null, maxRetriesPerRequest: 0 })
    other.on('error', () => undefined)
    const cut = proxy.cutNextReply(/meant/)
    await client.set('another', '1')
    await expect(other.set('meant', '1')).rejects.toThrow()
    expect(cut.done()).toBe(true)
    await client.set('meant', '2')
    expect(await direct.get('meant')).toBe('2')
    other.disconnect()
  })
})

it('knows which connections subscribe and which call scripts, and lets each have its own weather', async () => {
  await through(async (client, proxy) => {
    const subscriber = new Redis(proxy.url, { retryStrategy: null, maxRetriesPerRequest: 0 })
    await subscriber.psubscribe('c*')
    await client.eval('return 1', 0)
    expect([proxy.links().length, proxy.links('command').length, proxy.links('subscriber').length]).toEqual([2, 1, 1])
    expect(proxy.accepted).toBe(2)
    for (const link of proxy.links('command')) link.weather = BLACKHOLE
    expect(await isPending(client.ping())).toBe(true)
    const heard = new Promise((resolve) => subscriber.once('pmessage', (...given) => resolve(given)))
    await direct.publish('c1', 'm')
    expect(await heard).toEqual(['c*', 'c1', 'm'])
    subscriber.disconnect()
  })
})

it('resets all connections', async () => {
  await through(async (client, proxy) => {
    const ended = new Promise((resolve) => client.once('end', resolve))
    proxy.reset()
    await ended
  })
})
