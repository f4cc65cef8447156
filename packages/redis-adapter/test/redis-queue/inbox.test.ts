// What another program pushes to a plain list: what is odd about it, and what it costs.
import { defineQueue, MqError, silentLogger, systemClock } from '@mq/core'
import type { Inbox } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { describe, expect, it } from 'vitest'
import { LOOK_MS, MOST_LOOK_MS } from '../../src/scripts/queue/receive.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import { watchCommands } from '../lab/watch-commands.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()
const { redis } = lab

async function open(more: Partial<Inbox> = {}) {
  const port = await lab.queue()
  const inbox: Inbox = { key: `task:${port.name}:queue`, end: 'right', format: 'json', maxBytes: 1_048_576, ...more }
  const driver = port.storage.queue(port.name, { inbox })
  return { port, inbox, driver, worker: () => new WorkerLane(driver) }
}

const payloads = (tasks: readonly { readonly payload: string }[]): string[] => tasks.map(({ payload }) => payload)

describe('a key that holds no list', () => {
  it('is reported once, ends nothing, and is read once it is a list', async () => {
    const name = lab.freshName()
    const key = `task:${name}`
    await redis.set(key, 'what?')
    const errors: Error[] = []
    const broker = await lab.broker({ onError: (error) => void errors.push(error) })
    const queue = broker.queue(defineQueue<number>({ name, inbox: key }))
    const handled: number[] = []
    queue.process((payload) => void handled.push(payload))
    for (const n of [1, 2, 3]) await (await queue.enqueue(n)).result()
    expect((await queue.stats()).inbox).toBe(undefined)
    expect(errors.map((error) => MqError.is(error) && error.code)).toEqual(['invalid-inbox'])
    await redis.del(key)
    await redis.lpush(key, 4)
    await eventually(() => handled.includes(4), 'the entry')
    expect(errors.length).toBe(1)
  })

  it('leaves what a turn settles settled', async () => {
    const { port, inbox, worker } = await open()
    await port.add('1')
    const lane = worker()
    const { claimed } = await lane.turn({ want: 1 })
    await redis.set(inbox.key, 'what?')
    const settlements = [{ kind: 'complete', lease: claimed[0]!.lease }] as const
    expect(await lane.turn({ settlements, want: 1 }).catch((thrown: unknown) => thrown)).toMatchObject({
      stale: [],
      claimed: [],
      unreadableInbox: true,
      nextDueInMs: MOST_LOOK_MS,
    })
    expect((await port.stats()).totals.completed).toBe(1)
  })
})

it('an entry stays where it is while the key of the queue that is its next place is of a wrong type', async () => {
  const { port, inbox, worker } = await open()
  await port.add({ level: 9, payload: '1' })
  const lane = worker()
  const [task] = await lane.claim(1)
  await redis.set(port.key('ready:4'), 'what?')
  await redis.lpush(inbox.key, '2')
  const settlements = [{ kind: 'complete', lease: task!.lease }] as const
  expect(await lane.turn({ settlements, want: 1 })).toMatchObject({ stale: [], claimed: [], unreadableInbox: true })
  expect(await redis.lrange(inbox.key, 0, -1)).toEqual(['2'])
  await redis.del(port.key('ready:4'))
  expect(payloads(await lane.claim(1))).toEqual(['2'])
  expect((await port.stats()).totals.completed).toBe(1)
})

describe('a key that cannot be used', () => {
  it('is one of mq itself', async () => {
    for (const key of ['mq:{other}:tasks', 'mq:{:registry}:names']) {
      await expect(open({ key })).rejects.toMatchObject({ code: 'invalid-inbox' })
      const { port } = await open()
      await expect(port.storage.plain!.push(key, ['1'])).rejects.toMatchObject({ code: 'invalid-inbox' })
    }
  })

  it('is in another slot of a cluster, at the definition or at the first turn', async () => {
    const cluster = await Lab.start({ args: ['--cluster-enabled', 'yes'] })
    await cluster.redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    const isUp = async (): Promise<boolean> =>
      String(await cluster.redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok')
    await eventually(isUp, 'a cluster')
    const port = await cluster.queue()
    const inbox = { key: 'task:queue', end: 'left', format: 'json', maxBytes: 1 } as const
    const refused = { code: 'invalid-inbox' }
    await port.stats()
    expect(() => port.storage.queue(port.name, { inbox })).toThrow(expect.objectContaining(refused))
    const good = port.storage.queue(port.name, { inbox: { ...inbox, key: `task:{${port.name}}:queue` } })
    await cluster.redis.lpush(`task:{${port.name}}:queue`, '7')
    expect(payloads((await new WorkerLane(good).turn({ want: 1 })).claimed)).toEqual(['7'])
    // Nobody knows yet that it is a cluster.
    const environment = { clock: systemClock, logger: silentLogger, onError: () => undefined }
    const early = redisAdapter({ url: cluster.server.url }).open(environment)
    const driver = early.queue(port.name, { inbox })
    await early.ready()
    await expect(new WorkerLane(driver).turn({ want: 1 })).rejects.toMatchObject(refused)
    await early.close()
  })
})

describe('entries', () => {
  it('that are no UTF-8 are given, with what cannot be read replaced', async () => {
    const { inbox, worker } = await open({ format: 'text' })
    await redis.lpush(inbox.key, Buffer.from([0x61, 0xff, 0x00, 0x62]))
    const [text] = payloads((await worker().turn({ want: 1 })).claimed)
    expect(JSON.parse(text!)).toBe('a\uFFFD\u0000b')
  })

  it('that are large are taken a few at a time, and a turn takes no more than it may', async () => {
    const { inbox, driver, worker } = await open()
    const large = `"${'x'.repeat(900_000)}"`
    for (let i = 0; i < 12; i++) await redis.lpush(inbox.key, large)
    const { claimed } = await worker().turn({ want: 1_000, maxBytes: 2_000_000 })
    expect(claimed.length).toBe(2)
    // The first pop is of four, whatever they weigh.
    expect(await driver.stats()).toMatchObject({ inbox: 8, waiting: 2, running: 2 })
  })

  it('behind small ones are popped 64 at a time at the most: they may be large', async () => {
    const { inbox, worker } = await open()
    await redis.lpush(inbox.key, ...Array.from({ length: 300 }, (_, i) => String(i)))
    const counts: number[] = []
    const stop = await watchCommands(lab.server.port, ({ command: [verb = '', key, count] }) => {
      if (verb.toLowerCase() === 'rpop' && key === inbox.key) counts.push(Number(count))
    })
    const claimed = await worker().claim(300)
    await eventually(() => counts.reduce((sum, count) => sum + count, 0) >= 300, 'the pops')
    stop()
    expect(payloads(claimed)).toEqual(Array.from({ length: 300 }, (_, i) => String(i)))
    expect(Math.max(...counts)).toBe(64)
  })

  it('are taken in the order of their list, whatever levels the queue knows', async () => {
    const { port, inbox, worker } = await open()
    await port.add({ level: 9, payload: 'a' }, { level: 0, payload: 'z' })
    await redis.lpush(inbox.key, '1', '2')
    expect(payloads((await worker().turn({ want: 10 })).claimed)).toEqual(['a', '1', '2', 'z'])
    expect(await redis.hget(port.key('meta'), 'levels')).toBe('940')
  })

  it('are found after the server lost what it knew of the queue', async () => {
    const { port, inbox, worker } = await open()
    await redis.lpush(inbox.key, '1')
    await worker().turn({ want: 1 })
    await redis.del(...(await redis.keys(port.key('*'))))
    await redis.lpush(inbox.key, '2')
    expect(payloads((await worker().turn({ want: 1 })).claimed)).toEqual(['2'])
  })
})

describe('who sleeps', () => {
  it('looks so often, that all together look no oftener; each at least once a second', async () => {
    const { worker } = await open()
    const looks: (number | undefined)[] = []
    for (let sleeper = 1; sleeper <= 25; sleeper++) {
      looks.push((await worker().turn({ want: 1, awaitWork: true })).nextDueInMs)
    }
    expect(looks).toEqual(Array.from({ length: 25 }, (_, i) => Math.min(MOST_LOOK_MS, LOOK_MS * (i + 1))))
  })

  it('looks by six commands', async () => {
    const { worker } = await open()
    const lane = worker()
    await lane.turn({ want: 1, awaitWork: true })
    const seen: string[] = []
    const end = await watchCommands(lab.server.port, ({ command, byScript }) => byScript && seen.push(command[0]!))
    await lane.turn({ want: 1, awaitWork: true })
    await redis.ping()
    end()
    expect(seen.length).toBeLessThanOrEqual(6)
  })
})

it('stats() of a program without the definition knows the inbox, too, once something came by it', async () => {
  const { port, inbox, worker } = await open()
  expect((await port.stats()).inbox).toBe(undefined)
  await redis.lpush(inbox.key, '1', '2', '3')
  await worker().turn({ want: 1 })
  expect((await port.stats()).inbox).toBe(2)
})
