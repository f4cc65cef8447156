// Values that are not what a script would have written: in the counters of tasks, and in what is kept for repeated calls.
import { describe, expect, it } from 'vitest'
import { busyQueue } from '../lab/busy-queue.ts'
import { dump } from '../lab/dump.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab
const EMPTY = { waiting: 0, delayed: 0, running: 0 }
const STRANGE = ['', 'abc', '-1', '1.5', 'nan', 'inf', '1,2', '1#2', '1|2', '9223372036854775807', '9'.repeat(40)]

describe('the counters of a task', () => {
  // HINCRBY fails on what is no integer, after the first writes, and would do so in every turn from then on.
  it.each(STRANGE)('%j: the task and its neighbours are run', async (value) => {
    const { others, dead, stats } = await busyQueue(lab, async ({ key, n }) => {
      for (const part of ['runs', 'crashes', 'failures']) await redis.hset(key(part), n, value)
    })
    expect([...others, ...dead].length).toBe(1)
    expect(stats).toMatchObject(EMPTY)
  })

  it.each(STRANGE)('%j in a task whose worker died: it is recovered', async (value) => {
    const { others, dead, stats } = await busyQueue(lab, async ({ key, n, serverNow }) => {
      for (const part of ['runs', 'crashes', 'failures']) await redis.hset(key(part), n, value)
      await redis.lrem(key('ready:4'), 1, n)
      await redis.zadd(key('leases'), 1, `${n}#${value}`)
      await redis.hset(key('meta'), 'seen', serverNow)
    })
    expect([...others, ...dead].length).toBe(1)
    expect(stats).toMatchObject(EMPTY)
  })

  it.each(STRANGE)('%j is a number to the worker', async (value) => {
    const queue = await lab.queue()
    const n = await queue.addOne('1')
    for (const part of ['crashes', 'failures']) await redis.hset(queue.key(part), n, value)
    await redis.hset(queue.key('runs'), n, '1')
    const { crashes, failures } = await queue.worker().claimOne()
    expect([crashes, failures].every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true)
  })
})

describe('what is kept for repeated calls', () => {
  it.each([...STRANGE, '|||', '1||', '0|0|0|0|0', '{}'])('%j: the lane goes on as a new one', async (value) => {
    const queue = await lab.queue()
    const worker = queue.worker()
    await redis.hset(queue.key('producers'), queue.lane, value)
    await redis.hset(queue.key('lanes'), worker.lane, value)
    // A number that is larger than any of the lane's is a newer call, whoever wrote it.
    const isNewer = /^9+$/.test(value) || value.startsWith('9223')
    if (isNewer) return
    await queue.addMany(3)
    const claimed = await worker.claim()
    expect(claimed.length).toBe(3)
    expect(await worker.complete(...claimed)).toEqual([])
  })
})

describe('what is kept of ended tasks', () => {
  it('a bound of more digits than any has counts as the default: nothing is dropped for it', async () => {
    const queue = await lab.queue()
    await queue.add('1')
    const worker = queue.worker()
    await worker.settle({
      kind: 'bury',
      charge: false,
      lease: (await worker.claimOne()).lease,
      reason: 'bad',
      detail: '',
    })
    await redis.hset(queue.key('meta'), 'keep', '99999999999999999 99999999999999999 1 1 1 1')
    expect(await queue.stats()).toMatchObject({ dead: 1, deadDropped: 0 })
  })

  it('results that nobody can read are no results', async () => {
    const queue = await lab.queue()
    const numbers = await queue.addMany(STRANGE.length)
    const worker = queue.worker()
    await worker.complete(...(await worker.claim()))
    for (const [i, n] of numbers.entries()) {
      await redis.hset(queue.key('results'), n, i % 2 ? STRANGE[i]! : `${n}|${STRANGE[i]}`)
    }
    for (const n of numbers) expect(await queue.read(n)).toEqual({ state: 'unknown' })
    const more = await queue.addMany(10)
    await worker.complete(...(await worker.claim()))
    expect(await queue.read(more[0]!)).toMatchObject({ state: 'ended' })
  })

  it.each(STRANGE)('%j as the bytes of results, and in their order: results are kept', async (value) => {
    const queue = await lab.queue()
    const n = await queue.addOne('1')
    await redis.hset(queue.key('meta'), 'keptBytes', value)
    await redis.rpush(queue.key('order'), value, 'abc', '1 2', '=1 2', '=9999999999 1 1', '=7 1 99999999999999')
    const worker = queue.worker()
    const result = `"${'x'.repeat(5_000)}"`
    expect(await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease, result })).toEqual([])
    expect(await queue.read(n)).toMatchObject({ outcome: { body: result } })
  })

  it('ids of nothing are in conflict, or free; others are not touched', async () => {
    const queue = await lab.queue()
    for (const [i, value] of STRANGE.entries()) await redis.hset(queue.key('ids'), `id-${i}`, value)
    await redis.zadd(queue.key('ended'), 1, 'abc', 1, '|', 1, '1|', 1, '1700000000000000|id-0', 1, '')
    const receipts = await queue.offer(STRANGE.map((_, i) => ({ id: `id-${i}`, payload: '1' })))
    expect(receipts.every(({ state }) => state === 'conflict' || state === 'accepted')).toBe(true)
    await queue.add({ id: 'good', payload: '1' }, 'plain')
    expect(await redis.zcount(queue.key('ended'), '-inf', Date.now() - 60_000)).toBe(0)
  })

  it('dead letters of nothing are listed as what they are', async () => {
    const queue = await lab.queue()
    const at = Date.now()
    await redis.zadd(queue.key('dead'), at, 'abc', at + 1, '1', at + 2, '2', '+inf', '')
    await redis.hset(queue.key('graves'), '1', 'garbage', '2', '1|2|3|{bad\nx', '', '\n\n\n')
    const letters = await queue.driver.list({ state: 'dead', limit: 10 })
    expect(letters.map(({ n }) => n)).toEqual(['', '2', '1', 'abc'])
    expect(await queue.stats()).toMatchObject({ dead: 4 })
    // Beyond their age, they are dropped by whoever looks.
    await redis.zadd(queue.key('dead'), '-inf', 'abc', 1, '1', 2, '2', '+inf', '')
    expect((await queue.driver.list({ state: 'dead', limit: 10 })).map(({ n }) => n)).toEqual([''])
    expect(await queue.stats()).toMatchObject({ dead: 1, deadDropped: 3 })
    await queue.add('1')
    const worker = queue.worker()
    await worker.settle({
      kind: 'bury',
      charge: false,
      lease: (await worker.claimOne()).lease,
      reason: 'bad',
      detail: '',
    })
    expect((await dump(redis, queue.name))['dead']).toEqual([
      [expect.any(String), expect.any(String)],
      ['', 'inf'],
    ])
  })
})
