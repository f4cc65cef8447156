// Nothing grows with what is over, and what is kept is bounded.
import { DEFAULT_KEEP, defineChannel, retry } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { eventually } from '../lab/eventually.ts'
import { FurnishedGroup, key, KEPT } from '../lab/furnished-group.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()

async function sizes(name: string): Promise<Record<string, number>> {
  const size = (value: unknown): number => (Array.isArray(value) ? value.length : Object.keys(value as object).length)
  return Object.fromEntries(Object.entries(await dump(lab.redis, name)).map(([part, value]) => [part, size(value)]))
}

describe('a group', () => {
  it('holds no more after five rounds than after one, and nothing but its place', async () => {
    const name = lab.freshName()
    const definition = defineChannel({ name, history: { maxCount: 100 } })
    const news = (await lab.broker()).channel(definition)
    const rounds: Record<string, number>[] = []
    for (let round = 0; round < 5; round++) {
      const broker = await lab.broker()
      const workers = await Promise.all(
        [1, 10, 100].map((concurrency) =>
          broker.channel(definition).consume(
            'audit',
            ({ payload }, { attempt }) => {
              if (Number(payload) % 10 === 2 && attempt === 1) throw new Error('the first time')
              return Number(payload) % 10 === 3 && attempt < 3 ? retry({ delayMs: 1 }) : undefined
            },
            { concurrency, backoff: { kind: 'fixed', baseMs: 1 } },
          ),
        ),
      )
      await Promise.all(Array.from({ length: 1_000 }, (_, i) => news.publish(i)))
      await eventually(async () => {
        const { unread, returned, delayed, running } = await news.group('audit').stats()
        return unread + returned + delayed + running === 0
      }, 'an end of all messages')
      await Promise.all(workers.map((worker) => worker.close()))
      await broker.close()
      await news.publish('the last')
      rounds.push(await sizes(name))
    }
    // Ended lanes are remembered for ten minutes: a number each, and not more than 64 for long.
    const lanes = rounds.map((round) => round['group.audit:lanes'] ?? 0)
    expect(Math.max(...lanes)).toBeLessThanOrEqual(64)
    expect({ ...rounds[4], 'group.audit:lanes': lanes[0] }).toEqual(rounds[0])
    expect(Object.keys(rounds[0]!).sort()).toEqual([
      'alive',
      'floors',
      'group.audit:lanes',
      'group.audit:meta',
      'log',
      'publishers',
      'readers',
      'seq',
    ])
    expect(rounds[4]!['log']).toBe(100)
    await news.group('audit').remove()
    expect(Object.keys(await sizes(name)).sort()).toEqual(['log', 'publishers', 'seq'])
  })

  it('keeps no memo of a message that was dropped while a member that was lost had it', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    const lane = new WorkerLane(channel.group('audit', { from: 'earliest' }))
    await channel.publish(['1', '2'], KEPT)
    const held = await lane.claim(2)
    await channel
      .group('audit', { from: 'earliest' })
      .note(held.map(({ lease }) => ({ lease, kind: 'memo', body: '[]' })))
    await channel.publish(['3', '4', '5'], { ...KEPT, maxCount: 1, unreadFactor: 1 })
    const [hand] = await lab.redis.zrange(key(name, 'group.audit:leases'), '0', '0')
    await lab.redis.zadd(key(name, 'group.audit:leases'), 1, hand!)
    expect((await lane.claim(10)).map(({ payload }) => payload.slice(-1))).toEqual(['5'])
    expect(await channel.group('audit', { from: 'earliest' }).stats()).toMatchObject({ lost: 4 })
    expect(await lab.redis.exists(key(name, 'group.audit:notes'))).toBe(0)
  })

  it('keeps 10,000 dead letters where it shall keep no more, for 14 days, and counts those that it drops', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    const group = channel.group('audit', { from: 'earliest' })
    const lane = new WorkerLane(group)
    const keep = { ...DEFAULT_KEEP, dead: { ...DEFAULT_KEEP.dead, maxCount: 10_000 } }
    const history = { ...KEPT, maxCount: 100_000, maxBytes: undefined }
    for (let i = 0; i < 11; i++) {
      await channel.publish(
        Array.from({ length: 1_000 }, () => '1'),
        history,
      )
      const claimed = await lane.claim(1_000)
      const settlements = claimed.map(({ lease }) => {
        return { kind: 'bury', lease, reason: 'bad', detail: '', charge: true } as const
      })
      await lane.turn({ settlements, keep })
    }
    const [dead, graves] = [key(name, 'group.audit:dead'), key(name, 'group.audit:graves')]
    expect([await lab.redis.zcard(dead), await lab.redis.hlen(graves)]).toEqual([10_000, 10_000])
    const old = await lab.redis.zrange(dead, '0', '49')
    for (const id of old) await lab.redis.zadd(dead, Date.now() - 14 * 86_400_000 - 1_000, id)
    await channel.publish(['1'], history)
    const [last] = await lane.claim(1)
    await lane.settle({ kind: 'bury', lease: last!.lease, reason: 'bad', detail: '', charge: false })
    expect([await lab.redis.zcard(dead), await lab.redis.hlen(graves)]).toEqual([9_951, 9_951])
    expect((await group.stats())!.deadDropped).toBe(1_050)
  })

  it('forgets lanes that were never heard of again', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    await channel.publish(
      Array.from({ length: 700 }, () => '1'),
      { ...KEPT, maxCount: 1_000 },
    )
    const old = String(Date.now() - 3_700_000)
    const dead = Array.from({ length: 3_000 }, (_, i) => [`dead-${i}.0`, `1|${old}||0|0`]).flat()
    await lab.redis.hset(key(name, 'group.audit:lanes'), ...dead)
    const group = channel.group('audit', { from: 'earliest' })
    for (let i = 0; i < 600; i++) await new WorkerLane(group).claim(1)
    expect(await lab.redis.hlen(key(name, 'group.audit:lanes'))).toBeLessThan(700)
  })

  it('is refused where a channel has a thousand of them', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    const full = Array.from({ length: 1_000 }, (_, i) => [i, `g${i}`]).flat()
    await lab.redis.zadd(key(name, 'readers'), ...full)
    await expect(new WorkerLane(channel.group('audit', { from: 'latest' })).claim(1)).rejects.toMatchObject({
      code: 'storage-refused',
    })
    expect(await lab.redis.keys(key(name, 'group.*'))).toEqual([])
  })
})

describe('a member that only prolongs what it holds', () => {
  it('is a sign of life of its group, but not where it holds nothing any more', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    const group = channel.group('audit', { from: 'earliest' })
    await channel.publish(['1'], KEPT)
    const lane = new WorkerLane(group)
    const { lease } = await lane.claimOne()
    const longAgo = async (): Promise<void> => {
      await lab.redis.zadd(key(name, 'alive'), 'XX', 1, 'audit')
      await lab.redis.hset(key(name, 'group.audit:meta'), 'seen', 1)
    }
    const lastSign = async (): Promise<number> => Number(await lab.redis.zscore(key(name, 'alive'), 'audit'))
    await longAgo()
    expect(await group.extend([lease], 30_000)).toEqual(['held'])
    expect(await lastSign()).toBeGreaterThan(1)
    await lane.complete({ lease })
    await longAgo()
    expect(await group.extend([lease], 30_000)).toEqual(['lost'])
    expect(await lastSign()).toBe(1)
  })
})

describe('a channel that is obliterated', () => {
  it('leaves no key, with a group in which something is in every key', async () => {
    const { storage, name } = await FurnishedGroup.create(lab)
    await storage.channel(name).obliterate({ force: true })
    expect(await lab.redis.keys(key(name, '*'))).toEqual([])
  })

  it('leaves none, either, where another program wrote keys of other types, or groups that are none', async () => {
    const { storage, name } = await FurnishedGroup.create(lab)
    await lab.redis.zadd(key(name, 'readers'), 1, 'no group', 2, 'x'.repeat(200))
    for (const part of ['publishers', 'group.audit:held', 'group.audit:dead']) {
      await lab.redis.set(key(name, part), 'wrong')
    }
    await storage.channel(name).obliterate({ force: true })
    expect(await lab.redis.keys(key(name, '*'))).toEqual([])
  })
})

describe('a channel with history', () => {
  it('drops what nobody needs even when a great part of it is past its age', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    for (let i = 0; i < 5; i++) {
      await channel.publish(
        Array.from({ length: 1_000 }, () => '1'),
        { ...KEPT, maxCount: 100_000, maxBytes: undefined },
      )
    }
    expect(await lab.redis.xlen(key(name, 'log'))).toBe(5_000)
    await eventually(async () => {
      await channel.publish(['2'], { unreadFactor: 1, groupExpiresMs: 600_000, maxAgeMs: 1 })
      return (await lab.redis.xlen(key(name, 'log'))) <= 2
    }, 'an end of what is old')
  })

  it('keeps no key with an end of its own', async () => {
    for (const each of await lab.redis.keys('mq:*')) expect(await lab.redis.ttl(each)).toBe(-1)
  })
})
