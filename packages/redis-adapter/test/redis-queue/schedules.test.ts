// Schedules in Redis: what they take, what other programs left there, and what a tick is worth when the server forgets.
import { MqError } from '@mq/core'
import type { ScheduleDriver, StoredSchedule, Tick } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start({ args: ['--maxmemory-policy', 'noeviction'] })
const { redis } = lab
const TASK = { level: 4, delayMs: 0, header: '', payload: '1' }

const tickOf = ({ name, revision, dueAt }: StoredSchedule, ms: number, count = 1): Tick => ({
  name,
  revision,
  dueAt,
  nextDueAt: dueAt! + ms,
  tasks: Array.from({ length: count }, () => TASK),
})
const schedulesOf = (port: QueuePort): ScheduleDriver => port.driver.schedules!

async function takes(port: QueuePort): Promise<number> {
  const sizes = ['schedules', 'due'].map((part) => redis.call('MEMORY', ['USAGE', port.key(part)]))
  return (await Promise.all(sizes)).reduce<number>((sum, size) => sum + Number(size), 0)
}

describe('what schedules take', () => {
  it('holds no more after a thousand ticks than after one', async () => {
    const port = await lab.queue()
    const schedules = schedulesOf(port)
    const set = await schedules.set({ name: 's', body: 'b'.repeat(100), dueAt: 1_700_000_000_000 })
    expect(set.state).toBe('set')
    const sizes: number[] = []
    for (let seq = 1; seq <= 1_000; seq++) {
      const [schedule] = (await schedules.due(1)).schedules
      const [receipt] = await schedules.tick({ lane: 't', seq, ticks: [tickOf(schedule!, 1_000)] })
      expect(receipt!.state).toBe('done')
      sizes.push(await takes(port))
    }
    expect(Math.max(...sizes)).toBe(sizes[0])
    expect((await port.stats()).waiting).toBe(1_000)
  })

  it('a page of large schedules is cut by its bytes, and so are those that are due', async () => {
    const port = await lab.queue()
    const schedules = schedulesOf(port)
    for (let i = 0; i < 5; i++) await schedules.set({ name: `s${i}`, body: 'b'.repeat(400_000), dueAt: 10 + i })
    const page = await schedules.page({ limit: 1_000 })
    expect([page.schedules.length, page.next]).toEqual([2, { name: 's1', dueAt: 11 }])
    const due = await schedules.due(1_000)
    expect([due.schedules.length, due.nextDueAt]).toEqual([2, 12])
    await schedules.set({ name: 'largest', body: 'b'.repeat(3_000_000), dueAt: 1 })
    expect((await schedules.due(1_000)).schedules.map(({ name }) => name)).toEqual(['largest'])
  })
})

describe('what another program wrote', () => {
  const GARBAGE = [
    '',
    'hello',
    '1|2|3|4',
    '|||\nb',
    'x|1||\nb',
    '1|x||\nb',
    `${'9'.repeat(17)}|||\nb`,
    '\0\xff',
    '1|1|1|1|\n',
  ]

  it('is answered once as malformed, holds up nobody, and can be replaced and removed', async () => {
    const port = await lab.queue()
    const schedules = schedulesOf(port)
    for (const [i, record] of GARBAGE.entries()) {
      await redis.hset(port.key('schedules'), `g${i}`, record)
      await redis.zadd(port.key('due'), i, `g${i}`)
    }
    await redis.zadd(port.key('due'), 3, 'no record')
    await schedules.set({ name: 'good', body: 'b', dueAt: 100 })
    const names = GARBAGE.map((_, i) => `g${i}`)
    const first = await schedules.due(100)
    expect([first.schedules.map(({ name }) => name), first.malformed.toSorted()]).toEqual([
      ['good'],
      [...names, 'no record'].toSorted(),
    ])
    expect((await schedules.due(100)).malformed).toEqual([])
    const page = await schedules.page({ limit: 100 })
    expect([page.schedules.length, page.malformed.toSorted()]).toEqual([1, names])
    expect(await schedules.read('g1')).toMatchObject({ malformed: true })
    expect(
      await schedules.tick({ lane: 't', seq: 1, ticks: [{ name: 'g1', revision: '1', dueAt: 1, tasks: [TASK] }] }),
    ).toEqual([{ state: 'stale' }])
    expect((await schedules.set({ name: 'g1', body: 'b', dueAt: 5 })).state).toBe('set')
    expect(await schedules.remove('g2')).toBe(true)
    expect((await schedules.due(100)).schedules.map(({ name }) => name)).toEqual(['g1', 'good'])
  })

  it('where the two keys differ, the record counts', async () => {
    const port = await lab.queue()
    const schedules = schedulesOf(port)
    const { at } = await schedules.read('x')
    await schedules.set({ name: 'later', body: 'b', dueAt: at + 3_600_000 })
    await schedules.set({ name: 'never', body: 'b' })
    for (const name of ['later', 'never']) await redis.zadd(port.key('due'), 1, name)
    expect(await schedules.due(100)).toMatchObject({ schedules: [], malformed: [] })
    expect((await schedules.due(100)).nextDueAt).toBe(at + 3_600_000)
    expect(await redis.zscore(port.key('due'), 'never')).toBe('inf')
  })
})

describe('a tick', () => {
  it('that was done is not done again when the server has forgotten the lane', async () => {
    const port = await lab.queue()
    const schedules = schedulesOf(port)
    await schedules.set({ name: 's', body: 'b', dueAt: 1 })
    const [schedule] = (await schedules.due(1)).schedules
    const batch = { lane: 't', seq: 1, ticks: [tickOf(schedule!, 1_000)] }
    expect(await schedules.tick(batch)).toMatchObject([{ state: 'done' }])
    await redis.del(port.key('producers'))
    expect(await schedules.tick(batch)).toEqual([{ state: 'stale' }])
    expect((await port.stats()).waiting).toBe(1)
  })

  it('that the server lost with its task is done again', async () => {
    const port = await lab.queue()
    const schedules = schedulesOf(port)
    await schedules.set({ name: 's', body: 'b', dueAt: 1 })
    const before = await Promise.all(
      (await redis.keys(port.key('*'))).map(async (key) => [key, await redis.dumpBuffer(key)] as const),
    )
    const [schedule] = (await schedules.due(1)).schedules
    const batch = { lane: 't', seq: 1, ticks: [tickOf(schedule!, 1_000)] }
    await schedules.tick(batch)
    await redis.del(...(await redis.keys(port.key('*'))))
    for (const [key, dump] of before) await redis.restore(key, 0, dump!)
    expect(await schedules.tick(batch)).toMatchObject([{ state: 'done' }])
    expect((await port.stats()).waiting).toBe(1)
  })

  it('with a thousand tasks is one step, with consecutive numbers', async () => {
    const port = await lab.queue()
    const schedules = schedulesOf(port)
    for (const name of ['a', 'b', 'c']) await schedules.set({ name, body: 'b', dueAt: 1 })
    const { schedules: due } = await schedules.due(10)
    const counts = [600, 3, 397]
    const ticks = due.map((schedule, i) => tickOf(schedule, 1_000, counts[i]))
    // One of them was changed meanwhile.
    ticks[1] = { ...ticks[1]!, revision: '5' }
    const receipts = await schedules.tick({ lane: 't', seq: 1, ticks })
    expect(receipts.map(({ state }) => state)).toEqual(['done', 'stale', 'done'])
    const numbers = receipts.flatMap((receipt) => (receipt.state === 'done' ? receipt.tasks : []))
    expect(numbers.map((n) => Number(n) - Number(numbers[0]))).toEqual(Array.from({ length: 997 }, (_, i) => i))
    expect((await schedules.read('c')).schedule?.lastTask).toBe(numbers.at(-1))
    expect((await schedules.read('a')).schedule?.lastTask).toBe(numbers[599])
    expect((await port.worker().claim(1_000)).map(({ n }) => n)).toEqual(numbers)
  })

  it('is refused, and nothing is done, while the server has no memory left; one that was done is answered', async () => {
    const port = await lab.queue()
    const schedules = schedulesOf(port)
    await schedules.set({ name: 's', body: 'b', dueAt: 1 })
    const [schedule] = (await schedules.due(1)).schedules
    const batch = { lane: 't', seq: 1, ticks: [tickOf(schedule!, 1_000)] }
    const first = await schedules.tick(batch)
    const [next] = (await schedules.due(1)).schedules
    await redis.config('SET', 'maxmemory', '1')
    const refused = await schedules.tick({ lane: 'u', seq: 1, ticks: [tickOf(next!, 1_000)] }).catch((e: unknown) => e)
    expect(MqError.is(refused, 'storage-full')).toBe(true)
    expect(await schedules.tick(batch)).toEqual(first)
    expect((await schedules.due(1)).schedules).toEqual([next])
    await redis.config('SET', 'maxmemory', '0')
    expect((await port.stats()).waiting).toBe(1)
  })
})
