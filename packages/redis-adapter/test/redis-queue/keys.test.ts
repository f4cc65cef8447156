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
