// Entries of other programs among the messages of a channel: their ids look like numbers of messages, and are none.
import type { ClaimedTask, Turn } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { key, KEPT } from '../lab/furnished-group.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()

/** The last that Redis takes; what `*` makes in a new millisecond; and some between them. */
const SEQUENCES = ['18446744073709551615', '9007199254740993', '5000', '0']

interface Scene {
  readonly name: string
  readonly group: ReturnType<Awaited<ReturnType<Lab['channel']>>['group']>
  readonly lane: WorkerLane
  publish(...bodies: string[]): Promise<number>
  /** Writes an entry, so many ms after the last one, and answers its id. */
  intrude(sequence: string, laterMs?: number): Promise<string>
}

async function scene(
  from: Parameters<Awaited<ReturnType<Lab['channel']>>['group']>[1]['from'] = 'earliest',
): Promise<Scene> {
  const name = lab.freshName()
  const channel = await lab.channel(name)
  const group = channel.group('audit', { from })
  return {
    name,
    group,
    lane: new WorkerLane(group),
    publish: async (...bodies) => (await channel.publish(bodies, KEPT)).n,
    async intrude(sequence, laterMs = 0) {
      const [last] = await lab.redis.xrevrange(key(name, 'log'), '+', '-', 'COUNT', 1)
      const ms = Number(last?.[0].split('-')[0] ?? Date.now() - 1_000)
      // Below the last one's number only in another millisecond.
      const id = `${ms + Math.max(laterMs, sequence === '0' ? 1 : 0)}-${sequence}`
      await lab.redis.xadd(key(name, 'log'), id, 'their', 'entry')
      return id
    },
  }
}

const bodies = (tasks: readonly ClaimedTask[]): string[] =>
  tasks.map(({ payload, malformed }) => (malformed ? 'theirs' : payload.split(' ').at(-1)!))

const ALL: Partial<Turn> = { want: 100 }

describe.each(SEQUENCES)('an entry of another program whose id ends in %s', (sequence) => {
  it(`makes no group begin anew, and is no lost message: ${sequence}`, async () => {
    const { lane, group, publish, intrude } = await scene()
    await publish('1')
    await intrude(sequence)
    await publish('2', '3')
    const first = await lane.turn(ALL)
    expect([first.began, bodies(first.claimed), first.lost]).toEqual([true, ['1', 'theirs', '2', '3'], undefined])
    await lane.complete(...first.claimed)
    const next = await lane.turn(ALL)
    expect([next.began, next.claimed, next.lost]).toEqual([undefined, [], undefined])
    expect(await publish('4')).toBe(4)
    expect(bodies(await lane.claim())).toEqual(['4'])
    expect(await group.stats()).toMatchObject({ lost: 0, unread: 0 })
  })

  it(`stops no publish, and gives no message another number, where its time is ahead of the clock: ${sequence}`, async () => {
    const { lane, publish, intrude } = await scene()
    await publish('1')
    await intrude(sequence, 86_400_000)
    expect(await publish('2', '3')).toBe(3)
    expect(await publish('4')).toBe(4)
    expect(bodies(await lane.claim())).toEqual(['1', 'theirs', '2', '3', '4'])
  })

  it(`lets numbers go on where it is the last one and the counters are lost: ${sequence}`, async () => {
    const { name, lane, publish, intrude } = await scene()
    await publish('1', '2')
    await intrude(sequence)
    await lab.redis.del(key(name, 'seq'))
    expect(await publish('3')).toBe(3)
    const { claimed, lost } = await lane.turn(ALL)
    expect([bodies(claimed), lost]).toEqual([['1', '2', 'theirs', '3'], undefined])
  })

  it.each(['earliest', { sinceMs: 60_000 }] as const)('is given to a group that begins with it: %o', async (from) => {
    const { lane, group, publish, intrude } = await scene(from)
    await intrude(sequence)
    await publish('1', '2')
    const { claimed, lost } = await lane.turn(ALL)
    expect([bodies(claimed), lost]).toEqual([['theirs', '1', '2'], undefined])
    expect((await group.stats())?.unread).toBe(0)
    await lane.complete(...claimed)
    expect((await lane.turn(ALL)).claimed).toEqual([])
  })

  it(`misleads no search for a position: ${sequence}`, async () => {
    const { name, lane, group, publish, intrude } = await scene()
    await lane.turn()
    for (let i = 1; i <= 12; i++) {
      await intrude(sequence, 2)
      // In a millisecond of its own.
      await lab.redis.hincrby(key(name, 'seq'), 'at', 2)
      await publish(String(i))
    }
    const [epoch = ''] = await lab.redis.hmget(key(name, 'seq'), 'epoch')
    for (let p = 0; p <= 12; p++) {
      expect(await group.apply({ kind: 'seek', to: { position: { epoch: epoch!, n: p } } })).toEqual({ changed: 1 })
      const { claimed, lost } = await lane.turn(ALL)
      const expected = Array.from({ length: 12 - p }, (_, i) => String(p + 1 + i))
      expect([bodies(claimed).filter((body) => body !== 'theirs'), lost]).toEqual([expected, undefined])
    }
  })

  it(`is kept, with what follows it, while it is in the hands of a member: ${sequence}`, async () => {
    const { name, lane, group, publish, intrude } = await scene()
    await publish('0')
    await lane.complete(...(await lane.claim()))
    await intrude(sequence)
    await publish('1', '2')
    const held = await lane.claim()
    expect(bodies(held)).toEqual(['theirs', '1', '2'])
    // More than is kept of what every group was given.
    for (let i = 0; i < 5; i++) {
      await publish(...Array.from({ length: 20 }, () => 'x'))
      await lane.complete(...(await lane.claim()))
    }
    const leases = key(name, 'group.audit:leases')
    await lab.redis.zadd(leases, 1, (await lab.redis.zrange(leases, '0', '0'))[0]!)
    expect(bodies(await lane.claim())).toEqual(['theirs', '1', '2'])
    expect((await group.stats())?.lost).toBe(0)
  })
})
