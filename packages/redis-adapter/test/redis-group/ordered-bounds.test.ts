// What a turn of an ordered group reads and moves, however much came back and however large its messages are.
import type { ChannelDriver, GroupDriver, GroupTurnReply, HistoryLimits } from '@mq/core'
import { expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'
import { eventually } from '../lab/eventually.ts'
import { WorkerLane } from '../lab/worker-lane.ts'
import { watchCommands } from '../lab/watch-commands.ts'

const lab = await Lab.start()
const KEPT: HistoryLimits = { maxCount: 100_000, unreadFactor: 10, groupExpiresMs: 600_000 }
/** What says that all commands before it were seen. */
const END = 'the end'
const LARGE = 'x'.repeat(1_000_000)

class Ordered {
  readonly name: string = lab.freshName()
  readonly channel: ChannelDriver
  readonly group: GroupDriver
  readonly lane: WorkerLane
  ahead: GroupTurnReply['ahead']

  static async create(): Promise<Ordered> {
    return new Ordered(await lab.open())
  }

  private constructor(storage: Awaited<ReturnType<typeof lab.open>>) {
    this.channel = storage.channel(this.name)
    this.group = this.channel.group('audit', { from: 'earliest' })
    this.lane = new WorkerLane(this.group)
  }

  key(part: string): string {
    return `mq:{${this.name}}:group.audit:${part}`
  }

  /** Each message has a key of its own. */
  async turn(turn: Parameters<WorkerLane['turn']>[0]): Promise<GroupTurnReply> {
    const keys = (this.ahead ?? []).map(({ id }) => ({ id, key: id }))
    const reply: GroupTurnReply = await this.lane.turn({ order: { keys }, ...turn })
    this.ahead = reply.ahead
    return reply
  }

  /** Ends all that there is in that way, and answers how many. */
  async endAll(kind: 'complete' | 'bury'): Promise<number> {
    for (let all = 0; ;) {
      const { claimed, nextDueInMs } = await this.turn({ want: 1_000 })
      if (claimed.length === 0 && this.ahead === undefined && nextDueInMs !== 0) return all
      all += claimed.length
      const settlements = claimed.map(({ lease }) =>
        kind === 'complete' ? { kind, lease } : { kind, lease, reason: 'bad', detail: '', charge: true },
      )
      await this.turn({ settlements })
    }
  }
}

/** The counts with which logs are read meanwhile. */
async function countsDuring(work: () => Promise<unknown>): Promise<number[]> {
  const counts: number[] = []
  let isOver = false
  const stop = await watchCommands(lab.server.port, ({ command: [verb = '', ...words] }) => {
    if (verb.toLowerCase() === 'ping' && words[0] === END) isOver = true
    const at = words.findIndex((word) => word.toLowerCase() === 'count')
    if (verb.toLowerCase() === 'xrange' && at !== -1) counts.push(Number(words[at + 1]))
  })
  await work()
  await lab.redis.ping(END)
  await eventually(() => isOver, 'the end of all commands')
  stop()
  return counts
}

it('a turn moves a thousand at the most of those that came back without a key, and goes on with the rest', async () => {
  const it = await Ordered.create()
  for (let i = 0; i < 4; i++) await it.channel.publish(Array<string>(1_000).fill('body'), KEPT)
  expect(await it.endAll('bury')).toBe(4_000)
  for (;;) {
    const letters = await it.group.list({ state: 'dead', limit: 1_000 })
    if (letters.length === 0) break
    await it.group.apply({ kind: 'redrive', tasks: letters.map(({ n }) => ({ n, delayMs: 0 })) })
  }
  await it.channel.publish(['fresh'], KEPT)
  const before = await lab.redis.zcard(it.key('unnamed'))
  const { nextDueInMs } = await it.turn({ want: 1 })
  const moved = (await lab.redis.zcard(it.key('unnamed'))) - before
  expect([moved > 0, moved <= 1_100, nextDueInMs]).toEqual([true, true, 0])
  expect(await it.endAll('complete')).toBe(4_001)
})

it('as many messages are read ahead as a reply may have, whatever they weigh', async () => {
  const it = await Ordered.create()
  await it.turn({ want: 0 })
  for (let i = 0; i < 3; i++) await it.channel.publish([LARGE], KEPT)
  const counts = await countsDuring(() => it.turn({ want: 10 }))
  expect(it.ahead?.length).toBe(1)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(2)
})

it('keys that do not come next are passed over without reading as many messages as there are', async () => {
  const it = await Ordered.create()
  await it.turn({ want: 1 })
  for (let i = 0; i < 3; i++) await it.channel.publish([LARGE], KEPT)
  const { epoch } = await it.channel.publish(Array<string>(400).fill('small'), KEPT)
  await it.group.apply({ kind: 'seek', to: { position: { epoch, n: 3 } } })
  await it.turn({ want: 1 })
  expect(it.ahead?.length).toBeGreaterThan(50)
  await it.group.apply({ kind: 'seek', to: 'earliest' })
  const counts = await countsDuring(() => it.turn({ want: 0 }))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1)
  expect(await it.endAll('complete')).toBe(403)
})
