// Other programs, and people, write where they should not: a group buries what it cannot read, and goes on.
import { defineChannel } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { key, KEPT } from '../lab/furnished-group.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()

async function bodiesOf(lane: WorkerLane): Promise<string[]> {
  return (await lane.drain()).map(({ payload }) => payload.split(' ').at(-1)!)
}

describe('what another program wrote to the log', () => {
  it('is buried as malformed, whatever its form, and what follows is consumed', async () => {
    const name = lab.freshName()
    const broker = await lab.broker()
    const news = broker.channel(defineChannel({ name, history: { maxCount: 1_000 } }))
    const taken: unknown[] = []
    await news.consume('audit', ({ payload }) => void taken.push(payload))
    await news.publish(1)
    const log = key(name, 'log')
    await lab.redis.xadd(log, '*', 'their', 'entry')
    await lab.redis.xadd(log, '*', 'm', 'no message')
    await lab.redis.xadd(log, '*', 'm', '0 1 2 no json')
    await lab.redis.xadd(log, '*', 'a', '1', 'b', '2', 'c', '3')
    await news.publish(2)
    await eventually(() => taken.length === 2, 'both messages')
    const group = news.group('audit')
    await eventually(async () => (await group.stats()).dead === 4, 'four dead letters')
    const dead = await group.dead.list()
    expect(dead.map(({ reason }) => reason).sort()).toEqual(['invalid-payload', 'malformed', 'malformed', 'malformed'])
    expect(dead.map(({ payload }) => payload)).toContain('their\nentry')
    expect(taken).toEqual([1, 2])
    expect(await group.stats()).toMatchObject({ unread: 0, lost: 0, running: 0 })
  })

  it('with an id far ahead of the clock does not stop publishing', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    await channel.publish(['1'], KEPT)
    await lab.redis.xadd(key(name, 'log'), `${Date.now() + 86_400_000}-77`, 'their', 'entry')
    expect((await channel.publish(['2', '3'], KEPT)).n).toBeGreaterThan(2)
    const lane = new WorkerLane(channel.group('audit', { from: 'earliest' }))
    expect(await bodiesOf(lane)).toEqual(['1', 'their\nentry', '2', '3'])
  })

  it('is reached again when a member is lost, and when the group is sent to the earliest', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    await lab.redis.xadd(key(name, 'log'), `${Date.now()}-0`, 'their', 'entry')
    await channel.publish(['1'], KEPT)
    const group = channel.group('audit', { from: 'earliest' })
    const lane = new WorkerLane(group)
    expect((await lane.claim()).map(({ malformed }) => malformed)).toEqual([true, undefined])
    await lab.redis.zadd(
      key(name, 'group.audit:leases'),
      1,
      (await lab.redis.zrange(key(name, 'group.audit:leases'), '0', '0'))[0]!,
    )
    expect((await lane.claim()).map(({ malformed, crashes }) => [malformed, crashes])).toEqual([
      [true, 1],
      [undefined, 1],
    ])
    expect(await group.apply({ kind: 'seek', to: 'earliest' })).toEqual({ changed: 1 })
    expect((await lane.claim()).length).toBe(2)
  })
})

describe('when the books are damaged', () => {
  it('numbers go on from the log, and groups read on', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    const lane = new WorkerLane(channel.group('audit', { from: 'earliest' }))
    await channel.publish(['1', '2'], KEPT)
    expect(await bodiesOf(lane)).toEqual(['1', '2'])
    for (const damage of [
      () => lab.redis.del(key(name, 'seq')),
      () => lab.redis.hset(key(name, 'seq'), 'n', 'x', 'at', '-1', 'bytes', 'no', 'epoch', '{}', 'epochs', ',:,'),
      () => lab.redis.hset(key(name, 'seq'), 'at', '0', 'bytes', '0'),
      () => lab.redis.del(key(name, 'readers'), key(name, 'floors'), key(name, 'alive'), key(name, 'bells')),
    ]) {
      await damage()
      const { n } = await channel.publish(['a', 'b'], KEPT)
      expect(await bodiesOf(lane)).toEqual(['a', 'b'])
      expect(n).toBe(((await lab.redis.xinfo('STREAM', key(name, 'log'))) as string[])[7]!.split('-').map(Number)[1])
    }
    expect(n(await lab.redis.xrange(key(name, 'log'), '-', '+'))).toEqual(Array.from({ length: 10 }, (_, i) => i + 1))
  })

  it('a member goes on when the counters of its group are no numbers', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    const group = channel.group('audit', { from: 'earliest' })
    const lane = new WorkerLane(group)
    await channel.publish(['1', '2', '3'], KEPT)
    const [first] = await lane.claim(1)
    await lab.redis.hset(key(name, 'group.audit:meta'), {
      seen: 'x',
      fence: '-1',
      leaseMs: '{}',
      lost: 'no',
      out: '',
      floor: 'f',
    })
    expect((await lane.claim(1)).map(({ n }) => n)).toEqual(['2'])
    expect(await lane.complete(first!)).toEqual([])
    await lab.redis.hset(
      key(name, 'group.audit:held'),
      'x',
      '1',
      (await lab.redis.hkeys(key(name, 'group.audit:held')))[0]!,
      '9',
    )
    await lab.redis.hset(key(name, 'group.audit:returned'), '1-1', 'x')
    await lab.redis.rpush(key(name, 'group.audit:back'), '1-1', 'nonsense')
    expect((await lane.claim()).map(({ n }) => n)).toEqual(['3'])
    expect(await group.stats()).toMatchObject({ unread: 0, returned: 0 })
  })

  it('a group whose cursor is lost begins again at the place its member names', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    await channel.publish(['1', '2'], KEPT)
    const lane = new WorkerLane(channel.group('audit', { from: 'earliest' }))
    expect(await bodiesOf(lane)).toEqual(['1', '2'])
    await lab.redis.hset(key(name, 'group.audit:meta'), 'cursor', 'x')
    const reply = await lane.turn({ want: 10 })
    expect([reply.began, reply.claimed.length]).toEqual([true, 2])
  })

  it('a newer layout is refused, and nothing is changed', async () => {
    const name = lab.freshName()
    const channel = await lab.channel(name)
    const lane = new WorkerLane(channel.group('audit', { from: 'earliest' }))
    await channel.publish(['1'], KEPT)
    await lane.claim(0)
    await lab.redis.hset(key(name, 'group.audit:meta'), 'layout', '3')
    await expect(lane.claim(1)).rejects.toMatchObject({ code: 'layout-mismatch' })
    await lab.redis.hset(key(name, 'group.audit:meta'), 'layout', '2')
    expect((await lane.claim(1)).length).toBe(1)
  })
})

function n(entries: readonly (readonly [string, unknown])[]): number[] {
  return entries.map(([id]) => Number(id.split('-')[1]))
}
