import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { expect, it } from 'vitest'
import { witnessesOf } from '../../src/keys.ts'
import { divided } from '../lab/divided.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab

const keysOf = async (name: string): Promise<string[]> => (await redis.keys(`mq:{${name}*`)).sort()

it('a number of partitions is decided once, and every call of the queue without them is refused', async () => {
  const { widths, queue } = await lab.open()
  const name = lab.freshName()
  expect(await widths!.of(name)).toBeUndefined()
  expect(await widths!.claim(name, divided(8))).toEqual(divided(8))
  expect(await widths!.claim(name, divided(4))).toEqual(divided(8))
  expect(await widths!.of(name)).toEqual(divided(8))
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
  expect(await widths!.claim(name, divided(8))).toBeUndefined()
  expect(await widths!.of(name)).toBeUndefined()
  await widths!.release(name, divided(8))
  expect((await queue(name).stats()).waiting).toBe(1)
})

it('what was released is forgotten after a minute, unless it is claimed again', async () => {
  const { widths } = await lab.open()
  const name = lab.freshName()
  await widths!.claim(name, divided(8))
  await widths!.mark(name, divided(8), [{ index: 3, forMs: 1_000 }])
  await widths!.release(name, divided(8))
  const left = await redis.pttl(`mq:{${name}}:meta`)
  expect(left).toBeGreaterThan(50_000)
  expect(left).toBeLessThanOrEqual(60_000)
  expect(await widths!.claim(name, divided(4))).toEqual(divided(8))
  expect(await redis.pttl(`mq:{${name}}:meta`)).toBeGreaterThan(0)
  expect(await widths!.claim(name, divided(8))).toEqual(divided(8))
  expect(await redis.pttl(`mq:{${name}}:meta`)).toBe(-1)
  expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual({ layout: 'p8' })
})

it('a release that comes late takes away no other number', async () => {
  const { widths } = await lab.open()
  const name = lab.freshName()
  await widths!.claim(name, divided(8))
  await widths!.release(name, divided(4))
  expect(await redis.pttl(`mq:{${name}}:meta`)).toBe(-1)
  expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual({ layout: 'p8' })
})

it('partitions are marked for a while, by whoever has their number, and others see it for an hour', async () => {
  const { widths } = await lab.open()
  const name = lab.freshName()
  expect(await widths!.mark(name, divided(8), [{ index: 3, forMs: 1_000 }])).toEqual({
    layout: undefined,
    released: false,
    marks: [],
  })
  expect(await redis.exists(`mq:{${name}}:meta`)).toBe(0)
  await widths!.claim(name, divided(8))
  await widths!.mark(name, divided(8), [
    { index: 3, forMs: 60_000 },
    { index: 0, forMs: 1 },
  ])
  await widths!.mark(name, divided(8), [{ index: 3, forMs: 1_000 }])
  expect((await widths!.mark(name, divided(4), [{ index: 1, forMs: 1_000 }])).layout).toEqual(divided(8))
  const { marks, released } = await widths!.mark(name, divided(8), [])
  expect(released).toBe(false)
  expect(marks.map(({ index }) => index)).toEqual([0, 3])
  // The earlier end is the later one.
  expect(marks[1]!.leftMs).toBeGreaterThan(50_000)
  expect(marks[1]!.leftMs).toBeLessThanOrEqual(60_000)
  await expect.poll(async () => (await widths!.mark(name, divided(8), [])).marks[0]!.leftMs).toBe(0)
  await widths!.release(name, divided(8))
  expect(await widths!.mark(name, divided(8), [])).toEqual({ layout: divided(8), released: true, marks: [] })
  await expect(widths!.mark(name, divided(8), [{ index: 100, forMs: 1_000 }])).rejects.toThrow()
})

it('a number that its slot lost is found again by the witnesses, and another is refused', async () => {
  const { widths } = await lab.open()
  const name = lab.freshName()
  expect(await widths!.claim(name, divided(8))).toEqual(divided(8))
  await expect.poll(() => witnessed(name)).toEqual(['p8', 'p8'])
  for (const lostToo of [undefined, ...witnessesOf(name)]) {
    await redis.del(`mq:{${name}}:meta`)
    if (lostToo !== undefined) await redis.del(`mq:{${lostToo}}:meta`)
    // Who knows nothing of it, and comes first.
    const { widths: others } = await lab.open()
    expect(await others!.of(name)).toEqual(divided(8))
    expect(await others!.claim(name, divided(4))).toEqual(divided(8))
    expect(await others!.claim(name, divided(4))).toEqual(divided(8))
    expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual({ layout: 'p8' })
    expect(await widths!.claim(name, divided(8))).toEqual(divided(8))
    if (lostToo !== undefined) await redis.hset(`mq:{${lostToo}}:meta`, 'layout', 'p8')
  }
})

it('who ends before a number that is new was confirmed has decided nothing', async () => {
  const { widths } = await lab.open()
  const name = lab.freshName()
  for (const witness of witnessesOf(name)) await redis.hset(`mq:{${witness}}:meta`, 'layout', 'p8')
  await redis.hset(`mq:{${name}}:meta`, 'layout', 'p4', 'new', '1')
  expect(await widths!.claim(name, divided(4))).toEqual(divided(8))
  expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual({ layout: 'p8' })
})

it('a number that is known waits for no witness, and is written where one is missing', async () => {
  const { widths } = await lab.open()
  const name = lab.freshName()
  // As a version without witnesses left it.
  await redis.hset(`mq:{${name}}:meta`, 'layout', 'p8')
  expect(await widths!.claim(name, divided(8))).toEqual(divided(8))
  await expect.poll(() => witnessed(name)).toEqual(['p8', 'p8'])
})

async function witnessed(name: string): Promise<(string | null)[]> {
  return Promise.all(witnessesOf(name).map((witness) => redis.hget(`mq:{${witness}}:meta`, 'layout')))
}

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
  const left = [`mq:{${name}}:meta`, ...witnessesOf(name).map((witness) => `mq:{${witness}}:meta`)]
  expect((await keysOf(name)).toSorted()).toEqual(left.toSorted())
  for (const key of left) expect(await redis.pttl(key)).toBeGreaterThan(0)
  await broker.close()
  await expect.poll(async () => (await keysOf(name)).toSorted()).toEqual(left.toSorted())
})
