// What docs/bounds.md says of keys whose bound no other test shows.
import { defineChannel } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { FurnishedGroup, key, KEPT } from '../lab/furnished-group.ts'
import { FurnishedQueue } from '../lab/furnished-queue.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()

const LITTLE = { maxAgeMs: 1_000, maxCount: 1, maxBytes: 1 }
const NEXT_TO_NOTHING = { dead: LITTLE, results: LITTLE }

async function fields(key: string): Promise<string[]> {
  return (await lab.redis.hkeys(key)).toSorted()
}

describe('a hash of facts has the fields that docs/redis-layout.md names, and no other:', () => {
  it('meta of a queue', async () => {
    const furnished = await FurnishedQueue.create(lab, { outcomes: true })
    const { port } = furnished
    const inbox = { key: `task:${port.name}`, end: 'left', format: 'json', maxBytes: 1_000 } as const
    await lab.redis.lpush(inbox.key, '1')
    await new WorkerLane(port.storage.queue(port.name, { inbox })).turn({ want: 1 })
    await port.worker().turn({ limits: { rate: { count: 1, perMs: 1_000, burst: 1 } } })
    const { version } = await port.driver.limits!()
    await port.driver.setLimits!({ override: { concurrency: 1 }, version })
    const large = `"${'x'.repeat(9_000)}"`
    await port.offer([large, { id: 'new' }], { capacity: 1, displace: true })
    await port.worker().turn({ settlements: furnished.settlements(), keep: NEXT_TO_NOTHING })
    await port.redis.rpush(port.key('ready:4'), ...Array.from({ length: 4_000 }, () => 'foreign'))
    const numbers = await port.addMany(2_000)
    await port.cancel(numbers[0]!)
    await port.driver.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 10 })
    await port.driver.flows!.link([{ parent: numbers[1_500]!, child: { queue: 'q', n: '1', index: 0 } }])
    await port.driver.apply({ kind: 'pause', order: 1 })
    const names =
      'completed deadBytes deadDropped defined displaced fence flows foreign inbox keep keptBytes large layout left levels moved n order ordered outcomes override pace paused seen setBy shared totals unreported'
    expect(await fields(port.key('meta'))).toEqual(names.split(' '))
  })

  it('seq of a channel with history', async () => {
    const { name } = await FurnishedGroup.create(lab)
    expect(await fields(key(name, 'seq'))).toEqual(['at', 'bytes', 'epoch', 'epochs', 'largest', 'layout', 'n', 'run'])
  })

  it('meta of a group', async () => {
    const furnished = await FurnishedGroup.create(lab)
    const { name, group } = furnished
    await lab.redis.rpush(key(name, 'group.audit:back'), 'foreign')
    await new WorkerLane(group).turn({ settlements: furnished.settlements(), want: 100, keep: NEXT_TO_NOTHING })
    await new WorkerLane(group).turn({ order: { keys: [] } })
    await group.apply({ kind: 'pause' })
    const names = 'cursor deadBytes deadDropped fence floor foreign keep layout lost ordered out paused read seen'
    expect(await fields(key(name, 'group.audit:meta'))).toEqual(names.split(' '))
  })
})

it('a channel knows its last 16 epochs, however often its server is another', async () => {
  const name = lab.freshName()
  const channel = await lab.channel(name)
  const seen: string[] = []
  for (let run = 0; run < 20; run++) {
    await lab.redis.hset(key(name, 'seq'), 'run', `another-${run}`)
    seen.push((await channel.publish(['1'], KEPT)).epoch)
  }
  const kept = ((await lab.redis.hget(key(name, 'seq'), 'epochs')) ?? '').split(',')
  expect(kept.map((epoch) => epoch.split(':')[0])).toEqual(seen.slice(-16))
})

it('publishers that were not heard of for an hour are forgotten beyond 64, by those who come', async () => {
  const name = lab.freshName()
  const at = Date.now()
  const left = (age: number) => (i: number) => [`gone-${age}-${i}`, `9|${at - age}|${at}|1`]
  const old = Array.from({ length: 2_000 }, (_, i) => left(3_700_000)(i))
  const young = Array.from({ length: 40 }, (_, i) => left(60_000)(i))
  await lab.redis.hset(key(name, 'publishers'), ...old.flat(), ...young.flat())
  const storage = await lab.open()
  for (let i = 0; i < 600; i++) await storage.channel(name).publish(['1'])
  const kept = await lab.redis.hkeys(key(name, 'publishers'))
  expect(kept.filter((each) => each.startsWith('gone-60000'))).toHaveLength(40)
  expect(kept.filter((each) => each.startsWith('gone-3700000')).length).toBeLessThan(200)
})

it('a key of a deduplication is noted once, however often its task is replaced while its window lasts', async () => {
  const queue = await lab.queue()
  const counts: number[][] = []
  for (let round = 0; round < 30; round++) {
    const task = { payload: String(round), dedupe: { key: 'k', windowMs: 3_600_000 } }
    const receipts = await queue.offer([
      { ...task, replace: true },
      { ...task, payload: '"later"', replace: true },
    ])
    expect(receipts.map(({ state }) => state)).toEqual(['accepted', 'accepted'])
    counts.push([await lab.redis.hlen(queue.key('ids')), await lab.redis.zcard(queue.key('ended'))])
  }
  expect(counts.at(-1)).toEqual([1, 1])
  expect(await queue.stats()).toMatchObject({ waiting: 1 })
})

describe('who waits for room and was not heard of for ten seconds', () => {
  it('is forgotten by the next that waits, however many died while the queue was full', async () => {
    const queue = await lab.queue()
    await queue.addOne('1')
    const now = Date.now()
    const dead = Array.from({ length: 5_000 }, (_, i) => [now - 11_000 - i, `mq:to:dead-${i}`]).flat()
    await lab.redis.zadd(queue.key('room'), ...dead, now - 5_000, 'mq:to:living')
    // A thousand at a time.
    for (let round = 0; round < 5; round++) await queue.offer(['2'], { capacity: 1, awaitRoom: true })
    const left = await lab.redis.zrange(queue.key('room'), '0', '-1')
    expect(left).toEqual(['mq:to:living', expect.stringContaining('mq:to:')])
  })
})

describe('the next publish wakes', () => {
  it('four members of a group at the most, those that fell asleep last', async () => {
    const name = lab.freshName()
    for (let i = 0; i < 7; i++) {
      const member = (await lab.channel(name)).group('audit', { from: 'latest' })
      await new WorkerLane(member).fallAsleep()
    }
    const asleep = await lab.redis.zrevrange(key(name, 'group.audit:idle'), 0, -1)
    expect(asleep).toHaveLength(7)
    const bell = (await lab.redis.hget(key(name, 'bells'), 'audit')) ?? ''
    expect(bell.split(',')).toEqual(asleep.slice(0, 4).map((member) => member.split('|')[0]))
  })
})

describe('what a process listens to is gone with those who listened:', () => {
  const topics = async (): Promise<unknown> => [
    await lab.redis.pubsub('CHANNELS', '*'),
    await lab.redis.call('PUBSUB', 'NUMPAT'),
  ]

  it('channels, patterns, groups, workers and awaited results', async () => {
    const broker = await lab.broker()
    const name = lab.freshName()
    const history = defineChannel({ name: `${name}.kept`, history: { maxCount: 10 } })
    const once = async (i: number): Promise<void> => {
      const queue = broker.queue(`${name}-${i % 3}`)
      const ends = [
        await broker.channel(`${name}.${i}`).subscribe(() => undefined),
        await broker.pattern(`${name}.${i}.*`).subscribe(() => undefined),
        await broker.channel(history).consume(`audit-${i}`, () => undefined),
        queue.process(() => undefined),
      ]
      await (await queue.enqueue(i)).result({ timeoutMs: 10_000 })
      for (const end of ends) await end.close()
    }
    // Its own topic, and those of the queues that it has a handle of.
    for (let i = 0; i < 3; i++) await once(i)
    const early = await topics()
    for (let i = 3; i < 20; i++) await once(i)
    await expect.poll(topics).toEqual(early)
    await broker.close()
    await expect.poll(topics).toEqual([[], 0])
  })
})
