import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab

const keysOf = async (name: string): Promise<string[]> => (await redis.keys(`mq:{${name}*`)).sort()

it('a number of partitions is decided once, and every call of the queue without them is refused', async () => {
  const { widths, queue } = await lab.open()
  const name = lab.freshName()
  expect(await widths!.of(name)).toBe(1)
  expect(await widths!.claim(name, 8)).toBe(8)
  expect(await widths!.claim(name, 4)).toBe(8)
  expect(await widths!.of(name)).toBe(8)
  expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual({ layout: 'p8' })
  const refused = { code: 'partitions-differ', details: { partitions: 8, wanted: 1 } }
  const plain = queue(name)
  await expect(plain.stats()).rejects.toMatchObject(refused)
  await expect(plain.apply({ kind: 'obliterate', force: true })).rejects.toMatchObject(refused)
  await expect(plain.flows!.look([{ n: '1' }])).rejects.toMatchObject(refused)
  expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual({ layout: 'p8' })
})

it('a queue that is there has none, and so has one with workers and nothing else', async () => {
  const { widths, queue } = await lab.open()
  const name = lab.freshName()
  const task = { level: 4, delayMs: 0, header: '', payload: '1' }
  await queue(name).enqueue({ lane: 'p.0', seq: 1, atomic: false, tasks: [task] })
  expect(await widths!.claim(name, 8)).toBe(1)
  expect(await widths!.of(name)).toBe(1)
  await widths!.release(name)
  expect((await queue(name).stats()).waiting).toBe(1)
})

it('what was released is forgotten after a minute, unless it is claimed again', async () => {
  const { widths } = await lab.open()
  const name = lab.freshName()
  await widths!.claim(name, 8)
  await widths!.release(name)
  const left = await redis.pttl(`mq:{${name}}:meta`)
  expect(left).toBeGreaterThan(50_000)
  expect(left).toBeLessThanOrEqual(60_000)
  expect(await widths!.claim(name, 4)).toBe(8)
  expect(await redis.pttl(`mq:{${name}}:meta`)).toBeGreaterThan(0)
  expect(await widths!.claim(name, 8)).toBe(8)
  expect(await redis.pttl(`mq:{${name}}:meta`)).toBe(-1)
  expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual({ layout: 'p8' })
})

it('an obliterated queue leaves that alone behind', async () => {
  const broker = createBroker(redisAdapter({ url: lab.server.url }), { logger: silentLogger })
  const name = lab.freshName()
  const queue = broker.queue(defineQueue<number>({ name, partitions: 3 }))
  const tasks = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => queue.enqueue(n, { id: `own-${n}` })))
  expect((await keysOf(name)).length).toBeGreaterThan(6)
  const worker = queue.process((n) => n * 2)
  expect(await Promise.all(tasks.map((task) => task.result()))).toEqual([2, 4, 6, 8, 10, 12])
  await worker.close()
  await queue.obliterate()
  expect(await keysOf(name)).toEqual([`mq:{${name}}:meta`])
  await broker.close()
  await expect.poll(() => keysOf(name)).toEqual([`mq:{${name}}:meta`])
})
