// What Redis holds of keys and limits, and what becomes of it when another program writes there.
import type { NewTask, QueueLimits, TurnReply } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()
const PARTS = ['keyed', 'ring', 'paced', 'busy', 'places']

const keyed = (key: string, more: Partial<NewTask> = {}): Partial<NewTask> => ({
  key,
  header: JSON.stringify({ key }),
  ...more,
})

async function sizes(port: QueuePort): Promise<Record<string, number>> {
  const entries = PARTS.map(async (part) => {
    const isHash = part === 'busy' || part === 'places'
    return [part, isHash ? await port.redis.hlen(port.key(part)) : await port.redis.zcard(port.key(part))] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

const NOTHING = { keyed: 0, ring: 0, paced: 0, busy: 0, places: 0 }

async function drain(port: QueuePort, limits?: QueueLimits): Promise<number> {
  const worker = port.worker()
  let count = 0
  for (let reply: TurnReply; (reply = await worker.turn({ want: 1_000, limits })).claimed.length > 0;) {
    count += reply.claimed.length
    await worker.turn({ settlements: reply.claimed.map(({ lease }) => ({ kind: 'complete', lease }) as const) })
  }
  return count
}

describe('of ten thousand keys, each once,', () => {
  const fill = async (port: QueuePort): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      await port.offer(Array.from({ length: 1_000 }, (_, k) => keyed(`key ${i} ${k}`)))
    }
  }

  it('nothing is left when their tasks have ended, and the queue is a plain one again', async () => {
    const port = await lab.queue()
    await fill(port)
    expect(await sizes(port)).toEqual({ keyed: 10_000, ring: 10_000, paced: 0, busy: 0, places: 10_000 })
    expect(await drain(port)).toBe(10_000)
    expect(await sizes(port)).toEqual(NOTHING)
    expect(await port.redis.hmget(port.key('meta'), 'shared', 'pace')).toEqual([null, null])
  })

  it('a rate is remembered until it means nothing, and then dropped, some at each claim', async () => {
    const port = await lab.queue()
    await fill(port)
    expect(await drain(port, { perKey: { rate: { count: 1, perMs: 1, burst: 1 } } })).toBe(10_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const worker = port.worker()
    for (let i = 0; i < 50; i++) await worker.turn({ want: 1 })
    await port.offer(['1'])
    for (let i = 0; i < 50; i++) await worker.turn({ want: 1 })
    expect(await sizes(port)).toEqual(NOTHING)
  })
})

describe('limits that another program wrote', () => {
  const OWN: QueueLimits = { concurrency: 2 }

  it.each(['7', 'x', '1 0 2', '1 0 0 - - - - - - - -', '1 0 - 5 1 9 - - - - -', '-1 0 2 - - - - - - - -', ''])(
    'cannot be read as %j: those of the definition hold, and it is reported once',
    async (shared) => {
      const port = await lab.queue()
      await port.offer(['1', '2', '3'])
      await port.redis.hset(port.key('meta'), 'shared', shared)
      const worker = port.worker()
      const first = await worker.turn({ want: 10, limits: OWN })
      expect([first.claimed.length, first.unreadableLimits]).toEqual([2, true])
      const next = await worker.turn({ want: 10, limits: OWN })
      expect([next.claimed.length, next.unreadableLimits]).toEqual([0, undefined])
      expect((await port.driver.limits!()).defined).toEqual(OWN)
    },
  )

  it.each(['defined', 'override'])('in %s are as if they were not there', async (field) => {
    const port = await lab.queue()
    await port.offer(['1', '2', '3'])
    await port.worker().turn({ limits: { concurrency: 1 } })
    await port.redis.hset(port.key('meta'), field, 'garbage', 'shared', 'garbage')
    const { claimed, unreadableLimits } = await port.worker().turn({ want: 10, limits: OWN })
    expect([claimed.length, unreadableLimits]).toEqual([2, true])
    const { version, ...stored } = await port.driver.limits!()
    expect(stored).toEqual({ defined: OWN })
    expect(version).toBeGreaterThan(0)
  })

  it('or holds that would last for ever, hold nothing', async () => {
    const port = await lab.queue()
    await port.offer([keyed('a'), '1'])
    await port.redis.hset(port.key('meta'), 'pace', '9e99 99999999999999999 1 1')
    await port.redis.hset(port.key('busy'), '1:a', '0 99999999999999999 99999999999999999 0 ')
    expect((await port.worker().turn({ want: 10 })).claimed).toHaveLength(2)
  })
})

describe('what another program wrote about keys', () => {
  it('ends no claim, and loses no task of ours', async () => {
    const port = await lab.queue()
    const numbers = await port.add(keyed('a'), keyed('b'), keyed('a', { delayMs: 1 }), 'plain')
    await port.redis.zadd(
      port.key('keyed'),
      '0',
      'x',
      '0',
      '1:a',
      '0',
      '99:b',
      '0',
      '1:b51',
      '0',
      '1:a5100000000000000w',
    )
    await port.redis.zadd(port.key('ring'), '0', 'x', '-5', '3:zzz', '1', '', 'inf', '1:b')
    await port.redis.zadd(port.key('paced'), '1', 'y', '1', '1:a')
    await port.redis.hset(port.key('busy'), '1:a', 'many', '1:b', '-3', 'x', '1 2 3')
    await port.redis.hset(port.key('places'), 'x', 'y', '17', '1:a51')
    await port.makeDue()
    const worker = port.worker()
    const claimed: string[] = []
    for (let i = 0; i < 10; i++) claimed.push(...(await worker.claim(10)).map(({ n }) => n))
    expect(claimed.toSorted()).toEqual(numbers.toSorted())
    await port.driver.keys!({ limit: 100 })
    await port.driver.page({ state: 'waiting', limit: 100 })
    await port.driver.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 1_000 })
    await worker.settle(...claimed.map((n) => ({ kind: 'complete', lease: `${n}#0` }) as const))
    expect(await port.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0 })
  })
})

describe('where another program deleted records,', () => {
  const ONE: QueueLimits = { perKey: { concurrency: 1 } }

  it.each(['recovered', 'released'])('a key is free again when its task is %s', async (how) => {
    const port = await lab.queue()
    await port.add(keyed('a'), keyed('a'))
    const worker = port.worker()
    const task = await worker.claimOne({ limits: ONE })
    await port.redis.hdel(port.key('tasks'), task.n)
    if (how === 'recovered') await port.lapse(task.lease)
    else await worker.settle({ kind: 'release', lease: task.lease })
    const next = await worker.claim(10)
    expect(next).toHaveLength(1)
    await worker.complete(...next)
    expect(await sizes(port)).toEqual(NOTHING)
  })

  it('or wrote what is none, a purge comes to its end', async () => {
    const port = await lab.queue()
    const [n] = await port.add(keyed('a'), keyed('b'), keyed('b'))
    await port.redis.hdel(port.key('tasks'), n!)
    await port.redis.zadd(
      port.key('keyed'),
      '0',
      '17',
      '0',
      '1:a510000000000000017',
      '0',
      `1:z51${n!.padStart(16, '0')}`,
    )
    const purge = { kind: 'purge', state: 'waiting', reason: '', limit: 1_000 } as const
    expect(await port.driver.apply(purge)).toEqual({ changed: 2, more: false })
    expect(await sizes(port)).toEqual(NOTHING)
  })

  it('or wrote what is none, others are displaced', async () => {
    const port = await lab.queue()
    const [n] = await port.add(keyed('a'), keyed('b'))
    await port.redis.hdel(port.key('tasks'), n!)
    await port.redis.zadd(port.key('keyed'), '0', '17')
    await port.offer([keyed('c')], { capacity: 1, displace: true })
    expect(await sizes(port)).toEqual({ ...NOTHING, keyed: 1, ring: 1, places: 1 })
  })

  it('keys are listed to the end, whatever stands among them', async () => {
    const port = await lab.queue()
    await port.add(keyed('a'), keyed('b'), keyed('b'))
    await port.redis.zadd(port.key('keyed'), '0', '1:a;zzz', '0', Buffer.from([0x31, 0x3a, 0x62, 0xff]), '0', '~')
    const found: string[] = []
    let after: string | undefined
    do {
      const { keys, next } = await port.driver.keys!({ limit: 1, after })
      found.push(...keys.map(({ key }) => key))
      after = next
    } while (after !== undefined && found.length < 20)
    expect([found.length < 20, found.includes('a'), found.includes('b')]).toEqual([true, true, true])
  })
})

describe('of keys that are held back', () => {
  it('a change of limits looks at some in each claim, and at all in the end', async () => {
    const port = await lab.queue()
    const keys = Array.from({ length: 2_000 }, (_, i) => `key ${i}`)
    for (const task of [1, 2]) {
      for (let at = 0; at < 2_000; at += 1_000) {
        await port.add(...keys.slice(at, at + 1_000).map((key) => keyed(key, { payload: `${task}` })))
      }
    }
    const worker = port.worker()
    const limits: QueueLimits = { perKey: { rate: { count: 1, perMs: 3_600_000, burst: 1 } } }
    for (let at = 0; at < 2_000; at += 1_000) await worker.complete(...(await worker.claim(1_000, { limits })))
    const set = async (override: QueueLimits): Promise<void> => {
      await port.driver.setLimits!({ override, version: (await port.driver.limits!()).version })
    }
    const commands = async (call: () => Promise<unknown>): Promise<number> => {
      const count = async (): Promise<number> => {
        const info = await port.redis.info('commandstats')
        return [...info.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0)
      }
      const before = await count()
      await call()
      return (await count()) - before
    }
    expect(await commands(() => set({ ...limits, concurrency: 500 }))).toBeLessThan(50)
    expect(await commands(() => worker.turn({ want: 10 }))).toBeLessThan(4_000)
    // As after a version that moved all of them.
    const held = await port.redis.zrange(port.key('paced'), '0', '-1')
    await port.redis.zadd(port.key('ring'), ...held.flatMap((id) => ['0', id]))
    let calls = 0
    for (let due: number | undefined = 0; due === 0; calls++) {
      const most = await commands(async () => {
        due = (await worker.turn({ want: 10 })).nextDueInMs
      })
      expect(most).toBeLessThan(4_000)
    }
    expect(calls).toBeLessThan(20)
    await set({})
    let claimed = 0
    for (let reply = await worker.turn({ want: 1_000 }); reply.claimed.length > 0 || reply.nextDueInMs === 0;) {
      claimed += reply.claimed.length
      await worker.complete(...reply.claimed)
      reply = await worker.turn({ want: 1_000 })
    }
    expect(claimed).toBe(2_000)
  })
})
