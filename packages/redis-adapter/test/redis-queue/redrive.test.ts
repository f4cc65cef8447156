// Dead letters on Redis: what hostile data, large payloads and lost races do to those who bring them back.
import { DEFAULT_KEEP } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()

async function bury(queue: QueuePort, ...tasks: Parameters<QueuePort['add']>): Promise<string[]> {
  const numbers = await queue.add(...tasks)
  const worker = queue.worker()
  const claimed = await worker.claim()
  await worker.settle(
    ...claimed.map(({ lease }) => ({ kind: 'bury', lease, reason: 'bad', detail: '', charge: false }) as const),
  )
  return numbers
}

const now = { delayMs: 0 }

it('dead letters beyond their age are not seen, however many are still to be dropped', async () => {
  const queue = await lab.queue()
  const old = Array.from({ length: 2_500 }, (_, i) => String(i + 1))
  await lab.redis.zadd(queue.key('dead'), ...old.flatMap((n) => [n, n]))
  await lab.redis.hset(queue.key('graves'), ...old.flatMap((n) => [n, '0|0|0|["bad",""]\n17000000000004\n1']))
  expect(await queue.stats()).toMatchObject({ dead: 0 })
  const last = old.slice(-10)
  expect(await queue.driver.list({ state: 'dead', limit: 10, only: last })).toEqual([])
  expect(await queue.driver.apply({ kind: 'redrive', tasks: last.map((n) => ({ n, delayMs: 0 })) })).toMatchObject({
    changed: 0,
  })
  await lab.redis.zadd(queue.key('dead'), ...old.flatMap((n) => [n, n]))
  expect(await queue.driver.list({ state: 'dead', limit: 10 })).toEqual([])
})

describe('a redrive', () => {
  it('with another payload makes a task of a letter that was malformed', async () => {
    const queue = await lab.queue()
    const n = await queue.addOne('1')
    await lab.redis.hset(queue.key('tasks'), n, 'garbage')
    await bury(queue)
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n, ...now, payload: '"good"' }] })
    const task = await queue.worker().claimOne()
    expect(task).toMatchObject({ n, payload: '"good"' })
    expect(task.malformed).toBeUndefined()
  })

  it('of an own id that somebody wrote garbage for is done, and the id stands for it again', async () => {
    const queue = await lab.queue()
    const [n = ''] = await bury(queue, { id: 'own', header: '{"id":"own"}' })
    await lab.redis.hset(queue.key('ids'), 'own', 'garbage')
    expect(await queue.driver.apply({ kind: 'redrive', tasks: [{ n, ...now }] })).toEqual({ changed: 1, refused: [] })
    expect(await queue.offer([{ id: 'own' }])).toMatchObject([{ state: 'existing', n }])
  })

  it('of what is no number leaves it where it is', async () => {
    const queue = await lab.queue()
    const [n = ''] = await bury(queue, '1')
    await lab.redis.zadd(queue.key('dead'), Date.now(), 'abc')
    await lab.redis.hset(queue.key('graves'), 'abc', (await lab.redis.hget(queue.key('graves'), n))!)
    const tasks = [
      { n: 'abc', ...now },
      { n, ...now },
    ]
    expect(await queue.driver.apply({ kind: 'redrive', tasks })).toEqual({ changed: 1, refused: [0] })
    expect(await queue.stats()).toMatchObject({ waiting: 1, dead: 1 })
  })

  it('leaves nothing behind when its task has ended', async () => {
    const queue = await lab.queue()
    await queue.addOne('0')
    const worker = queue.worker()
    await worker.complete(await worker.claimOne())
    const [n = ''] = await bury(queue, '1')
    for (let life = 0; life < 3; life++) {
      await queue.driver.apply({ kind: 'redrive', tasks: [{ n, ...now }] })
      await bury(queue)
    }
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n, ...now }] })
    await worker.drain()
    const parts = Object.keys(await dump(lab.redis, queue.name))
    expect(new Set(parts)).toEqual(new Set(['lanes', 'meta', 'order', 'producers', 'results']))
  })
})

describe('pages of dead letters', () => {
  it('go on where they were when the last one was redriven and died again', async () => {
    const queue = await lab.queue()
    const numbers: string[] = []
    for (let i = 0; i < 4; i++) {
      numbers.push(...(await bury(queue, `${i}`)))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const [, after] = await queue.driver.list({ state: 'dead', limit: 2 })
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n: after!.n, ...now }] })
    await bury(queue)
    const next = await queue.driver.list({ state: 'dead', limit: 10, after })
    expect(next.map(({ n }) => n)).toEqual([numbers[1], numbers[0]])
  })
})

describe('dead letters of a queue that displaces', () => {
  it('come back to their bound, also when the queue was far beyond its own', async () => {
    const queue = await lab.queue()
    const keep = { ...DEFAULT_KEEP, dead: { ...DEFAULT_KEEP.dead, maxCount: 10_000 } }
    await queue.addMany(30_001)
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await worker.turn({ settlements: [{ kind: 'complete', lease }], keep })
    for (let i = 0; i < 16; i++) await queue.offer(['1'], { capacity: 10, displace: true })
    const { waiting, dead, displaced, deadDropped } = await queue.stats()
    expect([waiting, displaced]).toEqual([10, 30_006])
    expect([dead, deadDropped]).toEqual([10_000, 20_006])
  })
})
