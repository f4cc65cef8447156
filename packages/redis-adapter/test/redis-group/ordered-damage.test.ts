// What another program does to the keys of an ordered group: no message is lost, and a script that meets a wrong type did nothing.
import type { ClaimedTask, GroupTurnReply, HistoryLimits } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { ORDER_PARTS } from '../../src/keys.ts'
import { dump } from '../lab/dump.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()
const KEPT: HistoryLimits = { maxCount: 1_000, unreadFactor: 10, groupExpiresMs: 600_000 }

class Ordered {
  readonly name: string = lab.freshName()
  readonly lane: WorkerLane
  #ahead: GroupTurnReply['ahead']

  static async create(): Promise<Ordered> {
    const storage = await lab.open()
    const it = new Ordered(storage)
    await it.turn({ want: 1 })
    await storage.channel(it.name).publish(['a1', 'a2', 'b1', 'b2', 'a3', 'c1'], KEPT)
    return it
  }

  private constructor(storage: Awaited<ReturnType<typeof lab.open>>) {
    this.lane = new WorkerLane(storage.channel(this.name).group('audit', { from: 'latest' }))
  }

  key(part: string): string {
    return `mq:{${this.name}}:group.audit:${part}`
  }

  async turn(turn: Parameters<WorkerLane['turn']>[0]): Promise<GroupTurnReply> {
    const keys = (this.#ahead ?? []).map(({ id, payload }) => ({ id, key: payload.split(' ')[2]!.slice(0, 1) }))
    const reply: GroupTurnReply = await this.lane.turn({ order: { keys }, ...turn })
    this.#ahead = reply.ahead
    return reply
  }

  async claim(want = 10): Promise<readonly ClaimedTask[]> {
    const first = await this.turn({ want })
    return first.ahead === undefined ? first.claimed : [...first.claimed, ...(await this.turn({ want })).claimed]
  }

  async complete(claimed: readonly ClaimedTask[]): Promise<void> {
    await this.turn({ settlements: claimed.map(({ lease }) => ({ kind: 'complete', lease }) as const) })
  }

  async drain(): Promise<string[]> {
    const all: string[] = []
    for (let claimed; (claimed = await this.claim()).length > 0;) {
      all.push(...claimed.map(bodyOf))
      await this.complete(claimed)
    }
    return all
  }
}

const bodyOf = ({ payload }: ClaimedTask): string => payload.split(' ')[2]!

describe('an ordered group of which another program removed a key gives all that is left:', () => {
  it.each(ORDER_PARTS)('%s', async (part) => {
    const group = await Ordered.create()
    const held = await group.claim(2)
    expect(held.map(bodyOf)).toEqual(['a1', 'b1'])
    await lab.redis.del(group.key(part))
    await group.complete(held)
    expect((await group.drain()).toSorted()).toEqual(['a2', 'a3', 'b2', 'c1'])
    const parts = await Promise.all(ORDER_PARTS.map((each) => lab.redis.exists(group.key(each))))
    // Of another key than the one that is gone, something may be left that means nothing.
    expect(parts.slice(-3)).toEqual([0, 0, 0])
  })
})

it('entries of others among those whose keys are not known are dropped and counted', async () => {
  const group = await Ordered.create()
  await lab.redis.zadd(group.key('unnamed'), 1, 'garbage', 2, '')
  let foreign = 0
  const all: string[] = []
  for (let i = 0; i < 6; i++) {
    const reply = await group.turn({ want: 10 })
    foreign += reply.foreign ?? 0
    all.push(...reply.claimed.map(bodyOf))
    await group.complete(reply.claimed)
  }
  expect([all.toSorted(), foreign]).toEqual([['a1', 'a2', 'a3', 'b1', 'b2', 'c1'], 2])
})

it('what another program published stands in its place, and is given with a key of its own', async () => {
  const group = await Ordered.create()
  await lab.redis.xadd(`mq:{${group.name}}:log`, '*', 'strange', 'x y zed')
  const reply = await group.turn({ want: 10 })
  expect(reply.ahead?.at(-1)?.payload).toBe('strange\nx y zed')
  expect((await group.turn({ want: 10 })).claimed.map(({ payload }) => payload)).toContain('strange\nx y zed')
})

describe('a key of a wrong type refuses the turn before it did anything:', () => {
  it.each(ORDER_PARTS)('%s', async (part) => {
    const group = await Ordered.create()
    const held = await group.claim(2)
    await group.turn({ want: 10 })
    await lab.redis.del(group.key(part))
    await lab.redis.set(group.key(part), 'wrong')
    const before = await dump(lab.redis, `mq:{${group.name}}:*`)
    const { lease } = held[0]!
    const turn = group.turn({ settlements: [{ kind: 'complete', lease }], want: 10 })
    await expect(turn).rejects.toMatchObject({ code: 'storage-refused' })
    expect(await dump(lab.redis, `mq:{${group.name}}:*`)).toEqual(before)
  })
})
