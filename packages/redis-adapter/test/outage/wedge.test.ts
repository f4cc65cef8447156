import { EventEmitter } from 'node:events'
import { createBroker } from '@mq/core'
import type { RedisClient, Role } from '@mq/redis-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRecorder } from '../lab/recorder.ts'
import type { Recorder } from '../lab/recorder.ts'
import { settled, until } from '../lab/until.ts'

const never = (): Promise<never> => new Promise(() => undefined)

/** A client that is stuck for good, as ioredis was seen to be: no event, no answer, no end. */
class StuckClient extends EventEmitter implements RedisClient {
  readonly status: string
  discarded = false

  constructor(status: string) {
    super()
    this.status = status
  }
  call = never
  subscribe = never
  unsubscribe = never
  psubscribe = never
  punsubscribe = never
  ssubscribe = never
  sunsubscribe = never
  ping = never
  quit = never
  connect = never
  disconnect(): void {
    this.discarded = true
  }
}

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

const realClient = (): Redis =>
  new Redis(server.url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
  })

async function expectToWork(
  connect: (role: Role) => RedisClient,
  recorder: Recorder,
  withinMs: number,
): Promise<number> {
  const broker = createBroker(redisAdapter({ connect }), recorder.options)
  const ready = await settled(broker.ready(), withinMs)
  expect(ready).toMatchObject({ end: 'resolved' })
  const queue = broker.queue('q')
  const worker = queue.process((payload) => payload)
  expect(await (await queue.enqueue('works')).result({ timeoutMs: 5_000 })).toBe('works')
  await worker.close()
  await broker.close()
  return ready.tookMs
}

describe.concurrent('a client that is wedged', () => {
  for (const role of ['command', 'subscriber'] as const) {
    // "ready", but not a word: as behind a proxy that has lost its server.
    for (const status of role === 'command' ? ['reconnecting', 'ready'] : ['reconnecting']) {
      it(`is replaced when it stays in "${status}" as the ${role}`, async () => {
        const recorder = createRecorder()
        const stuck = new StuckClient(status)
        let made = 0
        const tookMs = await expectToWork(
          (asked) => (asked === role && made++ === 0 ? stuck : realClient()),
          recorder,
          20_000,
        )
        console.log(`${role} stuck in ${status}: ready after ${tookMs} ms, ${made} clients`)
        expect(made).toBe(2)
        expect(stuck.discarded).toBe(true)
        expect(recorder.said(/not connected/, role)).toHaveLength(1)
        expect(recorder.said(/connected to Redis again/, role)).toHaveLength(1)
      })
    }

    it(`is replaced when ioredis gave up on it while in use as the ${role}`, async () => {
      const recorder = createRecorder()
      const made: Redis[] = []
      const connect = (asked: Role): RedisClient => {
        const client = realClient()
        if (asked === role) made.push(client)
        return client
      }
      const broker = createBroker(redisAdapter({ connect }), recorder.options)
      await broker.ready({ timeoutMs: 10_000 })
      const queue = broker.queue('given-up')
      queue.process((payload) => payload)
      await (await queue.enqueue(1)).result({ timeoutMs: 5_000 })
      // As with a retryStrategy that answers null: terminal, and nobody will wake it.
      made[0]!.disconnect()
      const begun = performance.now()
      await until('a new client', 20_000, () => made.length === 2)
      await until('the work to go on', 10_000, async () => {
        const end = await settled(
          queue.enqueue(2).then((task) => task.result({ timeoutMs: 5_000 })),
          10_000,
        )
        return end.end === 'resolved'
      })
      console.log(`${role} that ended: replaced and at work after ${Math.round(performance.now() - begun)} ms`)
      await broker.close()
      await until('its clients to end', 5_000, () => made.every((client) => client.status === 'end'))
    })
  }

  it('is not thrown away when it is lent, and is used again when its owner brings it back', async () => {
    const recorder = createRecorder()
    const lent = new Redis(server.url, { retryStrategy: () => null, maxRetriesPerRequest: 0 })
    lent.on('error', () => undefined)
    const broker = createBroker(redisAdapter({ client: lent }), recorder.options)
    await broker.ready({ timeoutMs: 10_000 })
    await broker.queue('lent').enqueue(1)
    lent.disconnect()
    await until('the outage', 5_000, () => recorder.said(/not connected/, 'command').length === 1)
    await lent.connect()
    await broker.queue('lent').enqueue(2)
    await broker.close()
    expect(lent.status).toBe('ready')
    expect(lent.listenerCount('ready') + lent.listenerCount('close')).toBe(0)
    lent.disconnect()
  })
})
