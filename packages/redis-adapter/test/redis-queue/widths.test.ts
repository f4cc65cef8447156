import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { layoutText } from '@mq/core/adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { expect, it } from 'vitest'
import { witnessesOf } from '../../src/keys.ts'
import { divided, laidOut } from '../lab/divided.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab

const keysOf = async (name: string): Promise<string[]> => (await redis.keys(`mq:{${name}*`)).sort()

it('a number of partitions is decided once, and every call of the queue without them is refused', async () => {
  const { widths, queue } = await lab.open()
  const name = lab.freshName()
  expect(await widths!.of(name)).toBeUndefined()
  const [fromS] = await redis.time()
  const eight = await widths!.claim(name, divided(8))
  const madeS = eight!.revision
  expect(madeS).toBeGreaterThanOrEqual(Number(fromS))
  expect(madeS).toBeLessThanOrEqual(Number((await redis.time())[0]))
  expect(eight).toEqual(divided(8, madeS))
  expect(await widths!.claim(name, divided(4))).toEqual(eight)
  expect(await widths!.of(name)).toEqual(eight)
  const stored = { layout: `p8v${madeS}@0#${madeS}` }
  expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual(stored)
  const refused = { code: 'partitions-differ', details: { partitions: 8, wanted: 1 } }
  const plain = queue(name)
  await expect(plain.stats()).rejects.toMatchObject(refused)
  await expect(plain.apply({ kind: 'obliterate', force: true })).rejects.toMatchObject(refused)
  await expect(plain.flows!.look([{ n: '1' }])).rejects.toMatchObject(refused)
  expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual(stored)
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
  const eight = (await widths!.claim(name, divided(8)))!
  for (const wanted of [divided(8), eight]) {
    await widths!.mark(name, eight, [{ index: 3, forMs: 1_000 }])
    await widths!.release(name, eight)
    const left = await redis.pttl(`mq:{${name}}:meta`)
    expect(left).toBeGreaterThan(50_000)
    expect(left).toBeLessThanOrEqual(60_000)
    expect(await widths!.claim(name, divided(4))).toEqual(eight)
    expect(await redis.pttl(`mq:{${name}}:meta`)).toBeGreaterThan(0)
    expect(await widths!.claim(name, wanted)).toEqual(eight)
    expect(await redis.pttl(`mq:{${name}}:meta`)).toBe(-1)
    expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual({ layout: layoutText(eight) })
    for (const witness of witnessesOf(name)) expect(await redis.pttl(`mq:{${witness}}:meta`)).toBe(-1)
  }
})

it('what was released holds for a definition with a number that it had, and is not changed', async () => {
  const { widths } = await lab.open()
  const name = lab.freshName()
  const four = (await widths!.claim(name, divided(4)))!
  const nine = (await widths!.change(name, four, laidOut('p9v7@8+6v6@0/6.4#9999999999')))!
  expect(layoutText(nine)).toBe('p9v7@8+6v6@0/6.4#9999999999')
  await widths!.release(name, nine)
  expect(await widths!.change(name, nine, laidOut('p12v8@30+9v7@8/9.6.4#99999999999'))).toEqual(nine)
  for (const of of [6, 4, 9]) {
    expect(await redis.pttl(`mq:{${name}}:meta`)).toBeGreaterThan(0)
    expect(await widths!.claim(name, divided(of))).toEqual(nine)
    expect(await redis.pttl(`mq:{${name}}:meta`)).toBe(-1)
    await widths!.release(name, nine)
  }
})

it('a release that comes late takes away no other number', async () => {
  const { widths } = await lab.open()
  const name = lab.freshName()
  const eight = (await widths!.claim(name, divided(8)))!
  await widths!.release(name, divided(8, eight.revision - 1))
  expect(await redis.pttl(`mq:{${name}}:meta`)).toBe(-1)
  expect(await redis.hgetall(`mq:{${name}}:meta`)).toEqual({ layout: layoutText(eight) })
})

it('partitions are marked for a while, by whoever has their number, and others see it for an hour', async () => {
  const { widths } = await lab.open()
  const name = lab.freshName()
  expect(await widths!.mark(name, divided(8, 5), [{ index: 3, forMs: 1_000 }])).toEqual({
    layout: undefined,
    released: false,
    marks: [],
  })
  expect(await redis.exists(`mq:{${name}}:meta`)).toBe(0)
  const eight = (await widths!.claim(name, divided(8)))!
  await widths!.mark(name, eight, [
    { index: 3, forMs: 60_000 },
    { index: 0, forMs: 1 },
  ])
  await widths!.mark(name, eight, [{ index: 3, forMs: 1_000 }])
  expect((await widths!.mark(name, divided(8, 5), [{ index: 1, forMs: 1_000 }])).layout).toEqual(eight)
  const { marks, released } = await widths!.mark(name, eight, [])
  expect(released).toBe(false)
  expect(marks.map(({ index }) => index)).toEqual([0, 3])
  // The earlier end is the later one.
  expect(marks[1]!.leftMs).toBeGreaterThan(50_000)
  expect(marks[1]!.leftMs).toBeLessThanOrEqual(60_000)
  await expect.poll(async () => (await widths!.mark(name, eight, [])).marks[0]!.leftMs).toBe(0)
  await widths!.release(name, eight)
  expect(await widths!.mark(name, eight, [])).toEqual({ layout: eight, released: true, marks: [] })
  await expect(widths!.mark(name, eight, [{ index: 100, forMs: 1_000 }])).rejects.toThrow()
})

it('of partitions that were made in vain nothing is left', async () => {
  const name = lab.freshName()
  const open = () => createBroker(redisAdapter({ url: lab.server.url }), { logger: silentLogger })
  const brokers = [open(), open(), open()]
  const queues = brokers.map((broker) => broker.queue(defineQueue<number>({ name, partitions: 4 })))
  await Promise.all(queues.map((queue) => queue.pause()))
  await Promise.all([5, 6, 7].map((of, i) => queues[i]!.repartition(of, { preview: true })))
  const generations = laidOut((await redis.hget(`mq:{${name}}:meta`, 'layout'))!).generations
  const known = new Set(generations.map(({ of, made }) => `${of}.${made}`))
  const stored = (await keysOf(name)).flatMap((key) => /~\d+\.(\d+\.\d+)~/.exec(key)?.[1] ?? [])
  expect(new Set(stored)).toEqual(known)
  await Promise.all(brokers.map((broker) => broker.close()))
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
  const left = [`mq:{${name}}:meta`, ...witnessesOf(name).map((witness) => `mq:{${witness}}:meta`)]
  expect((await keysOf(name)).toSorted()).toEqual(left.toSorted())
  for (const key of left) expect(await redis.pttl(key)).toBeGreaterThan(0)
  await broker.close()
  await expect.poll(async () => (await keysOf(name)).toSorted()).toEqual(left.toSorted())
})
