// What other programs or older mistakes left in a queue's keys: workers go on, other tasks are unharmed, and what cannot be
// run is buried or skipped.
import { describe, expect, it } from 'vitest'
import { busyQueue } from '../lab/busy-queue.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab
const OURS = '17000000000004'
const EMPTY = { waiting: 0, delayed: 0, running: 0 }

describe('a record that is not of ours', () => {
  const records: Record<string, string> = {
    'is text': 'hello',
    'is empty': '',
    'ends before its payload': OURS,
    'has no level': '1700000000000',
    // Taken for levels 40 and 10, they would be given back to no key, or to later:0.
    'has the level X': '1700000000000X\n"garbage"',
    'has the level :, which comes after 9': '1700000000000:\n"garbage"',
    'has no time': 'xxxxxxxxxxxxx4\n"garbage"',
    'has a header that is no JSON': `${OURS}{bad\n"garbage"`,
    'has a header of a wrong kind': `${OURS}{"timeoutMs":"soon"}\n"garbage"`,
    'is binary': '\0\u0001\u0002\uffff\n\0',
    'is large': 'x'.repeat(2_000_000),
  }
  it.each(Object.entries(records))('that %s is buried as malformed', async (_what, record) => {
    const { dead, others, stats } = await busyQueue(lab, ({ key, n }) => redis.hset(key('tasks'), n, record))
    expect(dead).toEqual(['malformed'])
    expect(others).toEqual([])
    expect(stats).toMatchObject(EMPTY)
  })

  it.each(Object.entries(records))('that %s is buried also when its worker died with it', async (_what, record) => {
    const { dead, stats } = await busyQueue(lab, async ({ key, n, serverNow }) => {
      await redis.hset(key('tasks'), n, record)
      await redis.lrem(key('ready:4'), 1, n)
      await redis.zadd(key('leases'), 1, `${n}#0`)
      await redis.hset(key('meta'), 'seen', serverNow)
    })
    expect(dead).toEqual(['malformed'])
    expect(stats).toMatchObject(EMPTY)
  })

  it('whose payload is no JSON is buried as that', async () => {
    const { dead } = await busyQueue(lab, ({ key, n }) => redis.hset(key('tasks'), n, `${OURS}\n{bad`))
    expect(dead).toEqual(['invalid-payload'])
  })

  it('whose level the queue does not use is run nevertheless', async () => {
    const { others, stats } = await busyQueue(lab, ({ key, n }) =>
      redis.hset(key('tasks'), n, '17000000000007\n"of level 7"'),
    )
    // Or it would be given back to a level where nobody looks.
    expect(others).toEqual(['of level 7'])
    expect(stats).toMatchObject(EMPTY)
  })

  it('that is missing is skipped', async () => {
    const { dead, others, stats } = await busyQueue(lab, ({ key, n }) => redis.hdel(key('tasks'), n))
    expect([dead, others]).toEqual([[], []])
    expect(stats).toMatchObject(EMPTY)
  })
})

describe('in a list of tasks', () => {
  it('what is no number and has no record is skipped', async () => {
    const strange = ['', 'abc', '1e5', '-5', '#', '0x10', '1#0', ',', '9'.repeat(400)]
    const { others, stats } = await busyQueue(lab, async ({ key }) => {
      await redis.lpush(key('ready:4'), ...strange)
      await redis.rpush(key('ready:4'), ...strange)
    })
    expect(others).toEqual(['victim'])
    expect(stats).toMatchObject(EMPTY)
  })

  // One that was claimed could not be settled, and with it no task of the same turn, ever.
  it.each(['abc', '', '1e5', '-5', '#', 'a,b', '0x10'])('%j, which is no number, with a record', async (name) => {
    const { others } = await busyQueue(lab, async ({ key }) => {
      await redis.hset(key('tasks'), name, `${OURS}\n"garbage"`)
      await redis.lpush(key('ready:4'), name)
    })
    // Whether it is run, buried or skipped is open.
    expect(others).toContain('victim')
  })

  // Or two workers would run it with one token.
  it('a number that stands there twice is claimed once', async () => {
    const queue = await lab.queue()
    const numbers = await queue.addMany(3)
    await redis.rpush(queue.key('ready:4'), ...numbers)
    const [first, second] = [await queue.worker().claim(4), await queue.worker().claim(10, { leaseMs: 20_000 })]
    expect([...first, ...second].map(({ n }) => n)).toEqual(numbers)
  })
})

describe('in the sets', () => {
  it('leases of nothing are dropped', async () => {
    const strange = ['abc', 'abc#0', '#', '5#0', '1e5#0', ',', '']
    const { stats } = await busyQueue(lab, async ({ key, serverNow }) => {
      await redis.zadd(key('leases'), ...strange.flatMap((member) => [1, member]))
      await redis.hset(key('meta'), 'seen', serverNow)
    })
    expect(stats).toMatchObject(EMPTY)
  })

  it('a lease without end is one like others', async () => {
    const queue = await lab.queue()
    await queue.addMany(2)
    for (const { lease } of await queue.worker().claim(2, { leaseMs: 100 })) {
      await redis.zadd(queue.key('leases'), '+inf', lease)
    }
    const worker = queue.worker()
    await worker.claimSoon({ leaseMs: 100 })
    await worker.claimSoon({ leaseMs: 100 })
  })

  it('a task that is due since ever is run', async () => {
    const { others, stats } = await busyQueue(lab, async ({ key, n }) => {
      await redis.lrem(key('ready:4'), 1, n)
      await redis.zadd(key('later:4'), '-inf', n, '-inf', 'abc', '-inf', '', '-1', '1700000000000000')
    })
    expect(others).toEqual(['victim'])
    expect(stats).toMatchObject(EMPTY)
  })

  it.each(['+inf', '1e300', '1e17'])('what is due at %s keeps nobody from looking for others', async (score) => {
    const queue = await lab.queue()
    await redis.zadd(queue.key('later:4'), score, 'abc')
    await queue.add({ delayMs: 60_000 })
    const { nextDueInMs } = await queue.worker().turn({ want: 1, awaitWork: true })
    expect(nextDueInMs).toBeGreaterThan(0)
    expect(nextDueInMs).toBeLessThanOrEqual(60_000)
    await redis.zremrangebyrank(queue.key('later:4'), 0, 0)
    const alone = await queue.worker().turn({ want: 1 })
    expect(alone.nextDueInMs ?? 1).toBeGreaterThan(0)
  })

  it('sleepers, waiters and rooms of nobody do no harm', async () => {
    const { others, stats } = await busyQueue(lab, async ({ key, n }) => {
      await redis.zadd(key('idle'), '+inf', 'no bar', '+inf', '|', Date.now(), 'mq:to:nobody|w', '-inf', '')
      await redis.zadd(key('room'), '-inf', '', '+inf', 'nobody')
      await redis.hset(key('waiters'), n, ',,,not a topic,,')
      await redis.hset(key('notes'), n, '{bad')
    })
    expect(others).toEqual(['victim'])
    expect(stats).toMatchObject(EMPTY)
  })
})
