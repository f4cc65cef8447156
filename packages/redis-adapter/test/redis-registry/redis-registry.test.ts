// What others write into the keys of the registry, and what is left there of those who died.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createBroker, silentLogger } from '@mq/core'
import type { Broker, Logger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { redisAdapter } from '@mq/redis-adapter'
import { beforeEach, describe, expect, it } from 'vitest'
import { bundleProgram } from '../../../../bundle-program.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab
const key = (part: string): string => `mq:{:registry}:${part}`

beforeEach(async () => {
  await redis.flushall()
})

async function workersOf(broker: Broker, queue: string): Promise<number> {
  return (await broker.workers()).filter((worker) => worker.queue === queue).length
}

describe('the registry in Redis', () => {
  it('is four keys of one slot, without an end, and grows with nothing but names and workers', async () => {
    const broker = await lab.broker()
    for (const name of ['a', 'b']) broker.queue(name).process(() => undefined)
    await broker.channel('a').publish(1)
    const [one] = await broker.workers()
    await broker.worker(one!.id).resume()
    expect((await redis.keys(key('*'))).sort()).toEqual(['names', 'orders', 'seen', 'workers'].map(key))
    expect(await redis.zrange(key('names'), '0', '-1')).toEqual(['c:a', 'q:a', 'q:b'])
    expect([await redis.zcard(key('seen')), await redis.hlen(key('workers'))]).toEqual([2, 2])
    for (const part of ['names', 'orders', 'seen', 'workers']) expect(await redis.ttl(key(part))).toBe(-1)
    await broker.close()
    expect((await redis.keys(key('*'))).sort()).toEqual([key('names')])
  })

  it('skips names that no queue can have, also where a page is full of them', async () => {
    const broker = await lab.broker()
    await broker.queue('real').enqueue(1)
    await broker.queues()
    const foreign = Array.from({ length: 2_500 }, (_, i) => ['0', `q:!${i}`]).flat()
    await redis.zadd(key('names'), ...foreign)
    await redis.zadd(key('names'), 0, 'q:', 0, 'q:a{b}', 0, `q:${'x'.repeat(129)}`, 0, 'hello', 0, 'q:ü', 7, 'q:seven')
    const names = await broker.queues()
    expect(names).toContain('real')
    expect(names.filter((name) => name !== 'real' && name !== 'seven')).toEqual([])
    expect(await broker.channels()).toEqual([])
  })

  it('skips entries that are not workers', async () => {
    const broker = await lab.broker()
    broker.queue('q').process(() => undefined)
    await broker.workers()
    const [[id, text]] = Object.entries(await redis.hgetall(key('workers'))) as [[string, string]]
    const about = text.slice(text.indexOf('\n') + 1)
    const said = JSON.parse(about) as Record<string, unknown>
    const lies: readonly Record<string, unknown>[] = [
      { name: 'a:b' },
      { name: 'a/b/c' },
      { name: '' },
      { pid: -1 },
      { concurrency: 'many' },
      { running: 1e300 },
      { aliveMs: null },
      { state: 'asleep' },
      { version: '<b>1</b>' },
      { host: 7 },
      { host: undefined },
    ]
    const texts = ['', 'null', '[]', '{', '"x"', ...lies.map((lie) => JSON.stringify({ ...said, ...lie }))]
    for (const [i, text] of texts.entries()) {
      await redis.hset(key('workers'), `foreign${i}`, text)
      await redis.zadd(key('seen'), Date.now(), `foreign${i}`)
    }
    await redis.hset(key('workers'), 'not<an>id', about, 'unseen', about)
    await redis.zadd(key('seen'), Date.now(), 'not<an>id', 'inf', 'never')
    expect((await broker.workers()).map((worker) => worker.id)).toEqual([id])
  })

  it('shows no line breaks of a host that another program wrote', async () => {
    const broker = await lab.broker()
    broker.queue('q').process(() => undefined)
    await broker.workers()
    const [[id, text]] = Object.entries(await redis.hgetall(key('workers'))) as [[string, string]]
    const about = text.slice(text.indexOf('\n') + 1)
    await redis.hset(
      key('workers'),
      id,
      JSON.stringify({ ...JSON.parse(about), host: `a\r\nb\u0000${'x'.repeat(900)}` }),
    )
    expect((await broker.workers())[0]?.host).toBe(`a  b ${'x'.repeat(250)}`)
  })

  it.each(['names', 'seen', 'workers', 'orders'])(
    'disturbs no work where `%s` is of another type, and says so once',
    async (part) => {
      await redis.set(key(part), 'mine')
      const warned: string[] = []
      const logger: Logger = { ...silentLogger, warn: (_, message) => void warned.push(message) }
      const clock = createVirtualClock()
      const broker = createBroker(redisAdapter({ url: lab.server.url }), { logger, clock })
      lab.defer(() => broker.close({ deadlineMs: 100 }))
      await broker.ready()
      let ran = 0
      broker.queue('q').process(() => void ran++)
      await broker.queue('q').enqueue(1)
      await eventually(() => ran === 1 && warned.length === 1, 'a task that ran, and a warning')
      await clock.advance(10_000)
      // Where nobody could be noted, nobody's report is asked for.
      const asked = part === 'names' ? broker.queues() : broker.workers()
      if (part === 'workers' || part === 'orders') expect(await asked).toEqual([])
      else await expect(asked).rejects.toMatchObject({ code: 'storage-refused' })
      expect([await redis.get(key(part)), warned.length]).toEqual(['mine', 1])
      await redis.del(key(part))
      await clock.advance(10_000)
      expect([await broker.queues(), await workersOf(broker, 'q')]).toEqual([['q'], 1])
    },
  )

  it('disturbs no work of a user without rights for it, and says so once', async () => {
    await redis.call('ACL', ['SETUSER', 'mailer', 'on', '>secret', '+@all', 'allchannels', '~mq:{mails}:*'])
    const warned: string[] = []
    const logger: Logger = { ...silentLogger, warn: (_, message) => void warned.push(message) }
    const url = `redis://mailer:secret@127.0.0.1:${lab.server.port}`
    const broker = createBroker(redisAdapter({ url }), { logger })
    lab.defer(() => broker.close({ deadlineMs: 100 }))
    await broker.ready()
    broker.queue('mails').process((payload) => payload)
    expect(await (await broker.queue('mails').enqueue(1)).result({ timeoutMs: 10_000 })).toBe(1)
    await expect(broker.queues()).rejects.toMatchObject({ code: expect.any(String) as string })
    expect(warned).toHaveLength(1)
  })

  it('skips orders that another program wrote, and sends no hint where another one wrote the topic', async () => {
    const { registry } = await lab.open()
    const working = [{ id: 'a', about: 'x' }]
    await registry.note({ working })
    for (const text of ['', 'quiet', 'x|quiet', '1e9|quiet', `${'9'.repeat(30)}|quiet`]) {
      await redis.hset(key('orders'), 'a', text)
      expect(await registry.note({ working })).toEqual([])
    }
    await redis.hset(key('workers'), 'a', '{"no":"topic"}')
    const [seconds] = await redis.time()
    expect(await registry.order('a', 'quiet')).toBe(true)
    const [order] = await registry.note({ working })
    expect(order).toMatchObject({ id: 'a', what: 'quiet' })
    // Above those of before, which are not kept.
    expect(order!.n).toBeGreaterThanOrEqual(Number(seconds) * 1_000)
  })

  it('does not say who is connected where its user may not ask, and lists workers all the same', async () => {
    await redis.call('ACL', ['SETUSER', 'modest', 'on', '>secret', '+@all', '-pubsub', 'allchannels', '~*'])
    const broker = await lab.broker()
    broker.queue('q').process(() => undefined)
    await eventually(async () => (await broker.workers())[0]?.connected === true, 'its connection')
    const url = `redis://modest:secret@127.0.0.1:${lab.server.port}`
    const other = createBroker(redisAdapter({ url }), { logger: silentLogger })
    lab.defer(() => other.close())
    expect((await other.workers()).map(({ queue, connected }) => [queue, connected])).toEqual([['q', undefined]])
  })

  it('lists a worker that was killed for a minute at the most, and then drops it', async () => {
    const program = bundleProgram(join(import.meta.dirname, '../lab/programs/working.ts'))
    const child = spawn(process.execPath, [program, JSON.stringify([lab.server.url, 'killed'])], { stdio: 'ignore' })
    const gone = once(child, 'exit')
    const broker = await lab.broker()
    try {
      await eventually(async () => (await workersOf(broker, 'killed')) === 1, 'the worker')
      expect((await broker.workers())[0]?.pid).toBe(child.pid)
      await eventually(async () => (await broker.workers())[0]?.connected === true, 'its connection')
    } finally {
      child.kill('SIGKILL')
      await gone
    }
    await eventually(async () => (await broker.workers())[0]?.connected === false, 'the end of its connection')
    await eventually(async () => (await broker.workers())[0]?.alive === false, 'its end')
    const [id = ''] = await redis.zrange(key('seen'), '0', '0')
    const seenAgo = async (ms: number): Promise<void> => {
      const [s, us] = await redis.time()
      await redis.zadd(key('seen'), Number(s) * 1_000 + Math.floor(Number(us) / 1_000) - ms, id)
    }
    await seenAgo(50_000)
    expect(await workersOf(broker, 'killed')).toBe(1)
    await seenAgo(60_000)
    expect(await workersOf(broker, 'killed')).toBe(0)
    broker.queue('other').process(() => undefined)
    expect((await broker.workers()).map(({ queue }) => queue)).toEqual(['other'])
    expect([await redis.zcard(key('seen')), await redis.hexists(key('workers'), id)]).toEqual([1, 0])
  })

  it('is not a command more for a task', async () => {
    const broker = await lab.broker()
    const queue = broker.queue('q')
    await queue.enqueue(0)
    await broker.queues()
    await redis.call('CONFIG', 'RESETSTAT')
    for (let i = 0; i < 20; i++) await queue.enqueue(i)
    const stats = await redis.info('commandstats')
    expect(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]).toBe('20')
    expect(stats).not.toMatch(/cmdstat_zadd/)
  })
})
