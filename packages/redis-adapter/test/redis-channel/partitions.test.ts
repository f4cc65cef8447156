// What a channel with partitions is in Redis, and what it asks of it.
import { defineChannel, MqError } from '@mq/core'
import type { ChannelDefinition } from '@mq/core'
import { layoutText } from '@mq/core/adapter'
import { expect, it } from 'vitest'
import { queueOfPartition, witnessesOf } from '../../src/keys.ts'
import { divided } from '../lab/divided.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab

const named = (name: string, partitions?: number): ChannelDefinition<number, number> =>
  defineChannel<number>({ name, history: { maxCount: 100_000 }, partitions })

it('a number of partitions is decided once, and every call of the channel without them is refused', async () => {
  const { channel, channelWidths, widths } = await lab.open()
  const name = lab.freshName()
  expect(await channelWidths!.of(name)).toBeUndefined()
  const eight = (await channelWidths!.claim(name, divided(8)))!
  expect(eight).toEqual(divided(8, eight.revision))
  expect(await channelWidths!.claim(name, divided(4))).toEqual(eight)
  expect(await channelWidths!.of(name)).toEqual(eight)
  // A queue of the same name is another.
  expect((await widths!.claim(name, divided(4)))!.generations[0].of).toBe(4)
  expect(await redis.hgetall(`mq:{${name}}:seq`)).toEqual({ layout: layoutText(eight) })
  for (const witness of witnessesOf(name)) {
    expect(await redis.hget(`mq:{${witness}}:seq`, 'layout')).toBe(layoutText(eight))
  }
  const refused = { code: 'partitions-differ', details: { partitions: 8, wanted: 1 } }
  const plain = channel(name)
  const kept = { maxCount: 10, unreadFactor: 1, groupExpiresMs: 10_000 }
  const group = plain.group('audit', { from: 'latest' })
  const rest = { settlements: [], want: 1, maxBytes: 1, leaseMs: 1_000, keepResults: false, awaitWork: false }
  for (const call of [
    () => plain.publish(['1']),
    () => plain.publish(['1'], kept),
    () => plain.mark(),
    () => plain.groups(),
    () => plain.obliterate({ force: true }),
    () => plain.agoOf!({ epoch: '1', n: 1 }),
    () => group.stats(),
    () => group.apply({ kind: 'pause' }),
    () => group.settleAndClaim({ lane: 'w.0', seq: 1, repeat: false, ...rest }),
  ]) {
    await expect(call()).rejects.toMatchObject(refused)
  }
  expect(await redis.hgetall(`mq:{${name}}:seq`)).toEqual({ layout: layoutText(eight) })
  await channelWidths!.release(name, eight)
  expect(await redis.pttl(`mq:{${name}}:seq`)).toBeGreaterThan(50_000)
  expect(await channelWidths!.claim(name, divided(8))).toEqual(eight)
  expect(await redis.pttl(`mq:{${name}}:seq`)).toBe(-1)
})

it('a channel that is there has none, and so has one that somebody listens to', async () => {
  const { channel, channelWidths } = await lab.open()
  const [published, heard] = [lab.freshName(), lab.freshName()]
  await channel(published).publish(['1'])
  await channel(heard).mark()
  for (const name of [published, heard]) expect(await channelWidths!.claim(name, divided(8))).toBeUndefined()
})

it('says how long ago a message was published, of those that are kept', async () => {
  const { channel } = await lab.open()
  const news = channel(lab.freshName())
  const kept = { maxCount: 3, unreadFactor: 1, groupExpiresMs: 10_000 }
  const first = await news.publish(['1'], kept)
  await new Promise((resolve) => setTimeout(resolve, 30))
  const second = await news.publish(['2'], kept)
  const [agoOfSecond, agoOfFirst] = [await news.agoOf!(second), await news.agoOf!(first)]
  expect(agoOfFirst! - agoOfSecond!).toBeGreaterThanOrEqual(29)
  expect(await news.agoOf!({ ...second, n: 3 })).toBeUndefined()
  expect(await news.agoOf!({ ...second, n: 0 })).toBeUndefined()
  expect(await news.agoOf!({ epoch: '17', n: 2 })).toBeUndefined()
  for (const body of ['3', '4', '5', '6']) await news.publish([body], kept)
  expect(await news.agoOf!(second)).toBeUndefined()
  expect(await news.agoOf!({ ...second, n: 5 })).toBeGreaterThanOrEqual(0)
})

it('its partitions are channels of their own names, and its name is the only one that is listed', async () => {
  const [first, second] = [await lab.broker(), await lab.broker()]
  const name = lab.freshName()
  const channel = first.channel(named(name, 4))
  const heard: string[] = []
  await second.pattern('>').subscribe((message) => void heard.push(message.channel))
  let taken = 0
  await second.channel(named(name, 4)).consume('audit', () => void taken++)
  for (let n = 0; n < 40; n++) await channel.publish(n, { key: `k${n}` })
  await eventually(() => taken === 40, 'all messages')
  for (let index = 0; index < 4; index++) {
    const inner = queueOfPartition(name, { index, of: 4 })
    expect(Number(await redis.hget(`mq:{${inner}}:seq`, 'n'))).toBeGreaterThan(0)
  }
  expect(heard).toEqual([])
  expect((await first.channels()).filter((other) => other.includes(name))).toEqual([name])
  const workers = await second.workers()
  expect(workers.map((worker) => [worker.channel, worker.group])).toEqual([[name, 'audit']])
})

it('a subscriber of a channel that has partitions by now is told so', async () => {
  const [first, second] = [await lab.broker(), await lab.broker()]
  const name = lab.freshName()
  const ends: unknown[] = []
  await first.channel(named(name)).subscribe(() => undefined, { onEnd: (error) => void ends.push(error) })
  const moved: unknown[] = []
  await second.channel(name).subscribe(({ payload }) => void moved.push(payload), {
    onGap: (gap) => void moved.push(gap.size),
  })
  // As a server that lost the channel.
  const other = await lab.broker()
  await redis.del(`mq:{${name}}:seq`, `mq:{${name}}:publishers`)
  await other.channel(named(name, 4)).publish(1)
  await eventually(() => ends.length > 0 && moved.length > 0, 'an end of the one, and a gap for the other')
  expect(MqError.is(ends[0], 'partitions-differ')).toBe(true)
  await other.channel(named(name, 4)).publish(2)
  await eventually(() => moved.includes(2), 'the message')
  expect(moved).toEqual([undefined, 2])
  lab.errors = []
})

/** Round trips of scripts, by what they are. */
async function trips(): Promise<number> {
  const stats = await redis.info('commandstats')
  return [...stats.matchAll(/^cmdstat_eval[^:]*:calls=(\d+)/gm)].reduce((all, [, calls]) => all + Number(calls), 0)
}

it('messages that are published and consumed one by one cost as many calls as without', async () => {
  const cost = async (partitions: number | undefined): Promise<number> => {
    const [producer, member] = [await lab.broker(), await lab.broker()]
    const channel = producer.channel(named(lab.freshName(), partitions))
    let taken = 0
    await member.channel(named(channel.name, partitions)).consume('audit', () => void taken++, { concurrency: 10 })
    for (let n = 0; n < 50; n++) await channel.publish(n, { key: `k${n}` })
    await eventually(() => taken === 50, 'the first')
    await redis.call('CONFIG', 'RESETSTAT')
    for (let n = 0; n < 100; n++) {
      await channel.publish(n, { key: `k${n}` })
      await eventually(() => taken === 51 + n, 'the message')
    }
    return (await trips()) / 100
  }
  const [one, eight] = [await cost(undefined), await cost(8)]
  console.log(`round trips a message, one at a time: ${one} without partitions, ${eight} with 8`)
  expect(eight).toBeLessThan(one + 1.2)
}, 60_000)
