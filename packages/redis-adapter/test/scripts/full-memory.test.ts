// A server whose memory is full must be told from one that is away, and must be able to become less full.
import type { Receipt } from '@mq/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start({ args: ['--maxmemory-policy', 'noeviction'] })
const PAYLOAD = 'x'.repeat(10_000)

async function setLimit(bytes: number): Promise<void> {
  await lab.redis.call('CONFIG', 'SET', 'maxmemory', String(bytes))
}

async function used(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await lab.redis.info('memory'))?.[1])
}

/** Enqueues until the server refuses, and answers the numbers of what was taken. */
async function fill(queue: QueuePort): Promise<string[]> {
  await setLimit((await used()) + 3_000_000)
  const numbers: string[] = []
  const deadline = Date.now() + 20_000
  while (Date.now() < deadline) {
    const before = await dump(lab.redis, queue.name)
    let receipts: readonly Receipt[]
    try {
      receipts = await queue.offer(Array.from({ length: 50 }, () => PAYLOAD))
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'storage-full' })
      expect(await dump(lab.redis, queue.name)).toEqual(before)
      // Buffers come and go: full from here on until a good part of the tasks is gone.
      await setLimit((await used()) - 500_000)
      return numbers
    }
    for (const receipt of receipts) if ('n' in receipt) numbers.push(receipt.n)
  }
  throw new Error('the server should have been full by now')
}

describe('when the memory of the server is full', () => {
  beforeEach(async () => {
    await setLimit(0)
    await lab.redis.flushall()
  })

  it('enqueue is refused with storage-full, adds nothing, and works again after workers have drained the queue', async () => {
    const queue = await lab.queue()
    const numbers = await fill(queue)
    expect(numbers.length).toBeGreaterThan(100)
    expect(await queue.stats()).toMatchObject({ waiting: numbers.length })

    const done = await queue.worker().drain({ maxBytes: 100_000 })
    expect(done.map(({ n }) => n)).toEqual(numbers)
    expect((await queue.add('1')).length).toBe(1)
  })

  it('subscribers come, and are told what they lost, though nothing can be published', async () => {
    const news = (await lab.broker()).channel('news')
    await news.publish('before')
    await fill(await lab.queue())
    const gaps: (number | undefined)[] = []
    const subscription = await news.subscribe(() => undefined, { onGap: ({ size }) => gaps.push(size) })
    await expect(news.publish('refused')).rejects.toMatchObject({ code: 'storage-full' })
    await setLimit(0)
    await lab.redis.hincrby('mq:{news}:seq', 'n', 2) // as if two had been published and lost
    await setLimit(1)
    await eventually(() => gaps.length > 0, 'the loss to be told')
    expect(gaps).toEqual([2])
    await subscription.close()
  })

  it('a worker goes on: it claims, prolongs, retries, gives back, buries and completes', async () => {
    const queue = await lab.queue()
    const numbers = await fill(queue)
    const worker = queue.worker()
    const [retried, released, buried, lapsed, completed] = await worker.claim(5)
    expect(await queue.driver.extend([retried!.lease], 30_000)).toEqual(['held'])
    const stale = await worker.settle(
      { kind: 'retry', lease: retried!.lease, delayMs: 1, charge: true },
      { kind: 'release', lease: released!.lease },
      { kind: 'bury', charge: true, lease: buried!.lease, reason: 'bad', detail: '' },
      { kind: 'complete', lease: completed!.lease, result: '"done"' },
    )
    expect(stale).toEqual([])
    const [, limit = ''] = (await lab.redis.call('CONFIG', 'GET', 'maxmemory')) as string[]
    await setLimit(0) // the test itself writes
    await queue.lapse(lapsed!.lease)
    await queue.makeDue()
    await setLimit(Number(limit))
    const rest = await worker.drain({ maxBytes: 100_000 })
    expect(new Set(rest.map(({ n }) => n)).size).toBe(numbers.length - 2)
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 1 })
  })

  it('tasks can be cancelled, counted and listed', async () => {
    const queue = await lab.queue()
    const numbers = await fill(queue)
    expect((await queue.driver.page({ state: 'waiting', limit: 10 })).tasks).toHaveLength(10)
    for (const n of numbers) expect(await queue.cancel(n)).toBe('cancelled')
    expect(await queue.stats()).toMatchObject({ waiting: 0 })
    expect(await queue.driver.list({ state: 'dead', limit: 10 })).toEqual([])
  })

  // Or whoever waits for a result would be thrown at while tasks go on.
  it('outcomes can be read and waited for', async () => {
    const queue = await lab.queue()
    const [first = '', second = ''] = await fill(queue)
    expect(await queue.read(first)).toMatchObject({ state: 'waiting' })
    const worker = queue.worker()
    const claimed = await worker.claim(2)
    const hints = await queue.hear()
    expect(await queue.driver.read([{ n: second }], { watch: true })).toMatchObject([{ state: 'running' }])
    await worker.complete(...claimed)
    await eventually(() => hints.some(({ kind }) => kind === 'ended'), 'a hint of the end')
    expect(await queue.read(first)).toMatchObject({ state: 'ended' })
  })

  // Or a task that notes what it did would fail until it is buried, while its end would free memory.
  it('steps that were done can be noted', async () => {
    const queue = await lab.queue()
    await fill(queue)
    const { lease } = await queue.worker().claimOne()
    expect(await queue.driver.note([{ lease, kind: 'memo', body: '[["step",[1]]]' }])).toEqual([true])
  })

  it('a program sees storage-full at once, not a timeout', async () => {
    const port = await lab.queue()
    await fill(port)
    const queue = (await lab.broker({ operationTimeoutMs: 60_000 })).queue(port.name)
    await expect(queue.enqueue(PAYLOAD)).rejects.toMatchObject({ code: 'storage-full' })
    await expect(queue.enqueueAll([{ payload: PAYLOAD }])).rejects.toMatchObject({ code: 'storage-full' })
    const channel = (await lab.broker()).channel(port.name)
    await expect(channel.publish(PAYLOAD)).rejects.toMatchObject({ code: 'storage-full' })
    expect(lab.errors).toEqual([])
  })
})
