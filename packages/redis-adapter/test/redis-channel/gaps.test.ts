// Losses that nobody notices: a sequence per publisher missed the loss of the last message; resending after a cut reply delivered twice.
import type { Frame, Gap, SubscriptionStats } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { keysFor } from '../../src/script.ts'
import { encodeBodies, publishScript } from '../../src/scripts/channel/publish.ts'
import { dump } from '../lab/dump.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab

interface Reader {
  readonly seen: unknown[]
  readonly gaps: Gap[]
  stats(): SubscriptionStats
  /** The server ends its connection for messages. */
  cut(): Promise<void>
}

async function reader(channel: string): Promise<Reader> {
  const before = await subscribers()
  const broker = await lab.broker()
  const own = (await subscribers()).filter((id) => !before.includes(id))
  const seen: unknown[] = []
  const gaps: Gap[] = []
  const subscription = await broker
    .channel(channel)
    .subscribe(({ payload }) => void seen.push(payload), { onGap: (gap) => void gaps.push(gap) })
  return {
    seen,
    gaps,
    stats: () => subscription.stats(),
    async cut() {
      // Whichever of its two connections subscribes by now.
      const listening = await subscribers('pubsub')
      for (const id of own) if (listening.includes(id)) await redis.client('KILL', 'ID', id)
    },
  }
}

async function subscribers(type: 'normal' | 'pubsub' = 'normal'): Promise<string[]> {
  const list = String(await redis.call('CLIENT', ['LIST', 'TYPE', type]))
  return [...list.matchAll(/^id=(\d+)/gm)].map((match) => match[1]!)
}

describe('the positions of a channel', () => {
  it('have no holes, with ten publishers at once, and all subscribers see one order', async () => {
    const name = lab.freshName()
    const readers = [await reader(name), await reader(name)]
    const publishers = await Promise.all(Array.from({ length: 10 }, () => lab.broker()))
    const positions = await Promise.all(
      publishers.flatMap((broker, p) =>
        Array.from({ length: 200 }, (_, i) => broker.channel(name).publish(`${p}-${i}`)),
      ),
    )
    await eventually(() => readers.every(({ seen }) => seen.length === 2_000), 'all messages at both subscribers')
    expect(new Set(positions.map(({ epoch }) => epoch)).size).toBe(1)
    const numbers = positions.map(({ n }) => n).sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1))
    expect(readers[0]!.seen).toEqual(readers[1]!.seen)
    expect(readers.flatMap(({ gaps }) => gaps)).toEqual([])
  })

  it('are given in few calls when many publish at once', async () => {
    const channel = (await lab.broker()).channel(lab.freshName())
    await channel.publish(0)
    await redis.call('CONFIG', 'RESETSTAT')
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => channel.publish(i)))
    const calls = /cmdstat_publish:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]
    expect(Number(calls)).toBeLessThanOrEqual(10)
  })

  // Numbers that begin again in the same epoch would be taken for old ones; others nobody could read.
  it.each([undefined, 'abc', '', 'nan', '-1', '1.5', '9'.repeat(40)])(
    'begin a new epoch when the number is %j',
    async (n) => {
      const name = lab.freshName()
      const channel = await lab.channel(name)
      const first = await channel.publish(['1', '2', '3'])
      if (n === undefined) await redis.hdel(`mq:{${name}}:seq`, 'n')
      else await redis.hset(`mq:{${name}}:seq`, 'n', n)
      const second = await channel.publish(['4'])
      expect(second.epoch).not.toBe(first.epoch)
      expect(second.n).toBe(1)
    },
  )

  it.each([undefined, 'abc', '', '1 2', '-1', '9'.repeat(40)])(
    'begin a new epoch when the epoch is %j',
    async (epoch) => {
      const name = lab.freshName()
      const { seen } = await reader(name)
      const channel = await lab.channel(name)
      await channel.publish(['1'])
      if (epoch === undefined) await redis.hdel(`mq:{${name}}:seq`, 'epoch')
      else await redis.hset(`mq:{${name}}:seq`, 'epoch', epoch)
      const position = await channel.publish(['2'])
      expect(position.epoch).toMatch(/^\d{16}$/)
      expect(position.n).toBe(1)
      await eventually(() => seen.length === 2, 'both messages')
    },
  )

  // Some clients send a command again by themselves.
  it('are given once to a call that reaches the server twice, and it is sent once', async () => {
    const name = lab.freshName()
    const frames: Frame[] = []
    const channel = await lab.channel(name)
    await channel.subscribe({
      onFrame: (frame) => void frames.push(frame),
      onMalformed: () => undefined,
      onInterruption: () => undefined,
    })
    const keys = keysFor(publishScript, 'mq', name)
    const call = (number: number, body: string, after = 0): Promise<unknown> => {
      const args = [`mq:{${name}}:messages`, 1, encodeBodies([body]), '', 'publisher', number, 'plain', after]
      return redis.eval(publishScript.lua, keys.length, ...keys, ...args)
    }
    const first = await call(1, 'a')
    expect(await call(1, 'a')).toEqual(first)
    const second = await call(2, 'b')
    await expect(call(1, 'a')).rejects.toThrow('MQSTALE')
    // Two were under way at once when the client lost its connection.
    const third = await call(3, 'c', 2)
    expect(await call(2, 'b')).toEqual(second)
    expect(await call(3, 'c', 2)).toEqual(third)
    expect(await call(5, 'e', 4)).toBe(null)
    await channel.publish(['d'])
    await eventually(() => frames.length > 3, 'four messages')
    expect(frames.flatMap(({ bodies }) => bodies)).toEqual(['a', 'b', 'c', 'd'])
  })

  it.each(publishScript.parts)(
    'are not given while the key %s is of a wrong type, and nothing is sent',
    async (part) => {
      const name = lab.freshName()
      const channel = await lab.channel(name)
      const frames: Frame[] = []
      await channel.subscribe({
        onFrame: (frame) => void frames.push(frame),
        onMalformed: () => undefined,
        onInterruption: () => undefined,
      })
      await redis.set(`mq:{${name}}:${part}`, 'wrong')
      const before = await dump(redis, name)
      await expect(channel.publish(['1'])).rejects.toMatchObject({ code: 'storage-refused' })
      expect(await dump(redis, name)).toEqual(before)
      await redis.del(`mq:{${name}}:${part}`)
      await channel.publish(['2'])
      await eventually(() => frames.length > 0, 'the second message')
      expect(frames.map(({ bodies }) => bodies)).toEqual([['2']])
    },
  )
})

describe('a loss is announced', () => {
  it('with its size, when the next message comes', async () => {
    const name = lab.freshName()
    const { seen, gaps, cut } = await reader(name)
    const channel = (await lab.broker()).channel(name)
    await channel.publish('a')
    await eventually(() => seen.length === 1, 'the first message')
    await lost(name, cut, 2)
    let sent = 0
    await eventually(async () => {
      await channel.publish(++sent)
      return seen.length > 1
    }, 'a message after the loss')
    await eventually(() => seen.includes(sent), 'the newest message')
    // Those that were sent before it was back are lost as well.
    const lostSize = gaps.reduce((sum, { size = Number.NaN }) => sum + size, 0)
    expect(lostSize).toBe(2 + sent - (seen.length - 1))
    expect(seen[0]).toBe('a')
  })

  it('even of the last message, when nothing comes after it', async () => {
    const name = lab.freshName()
    const { seen, gaps, cut } = await reader(name)
    const channel = (await lab.broker()).channel(name)
    await channel.publish('a')
    await eventually(() => seen.length === 1, 'the first message')
    await lost(name, cut, 1)
    await eventually(() => gaps.length > 0, 'an announcement of the loss')
    expect(gaps).toEqual([{ size: 1, cause: 'transport' }])
  })

  it('without a size, when the numbering is lost too', async () => {
    const name = lab.freshName()
    const { seen, gaps } = await reader(name)
    const channel = (await lab.broker()).channel(name)
    await channel.publish('a')
    await eventually(() => seen.length === 1, 'the first message')
    await redis.del(`mq:{${name}}:seq`)
    await channel.publish('b')
    await eventually(() => seen.length === 2, 'the second message')
    expect(gaps).toEqual([{ size: undefined, cause: 'transport' }])
  })

  it('not by a message of a program that is not ours: that is an error, and the feed goes on', async () => {
    const name = lab.freshName()
    const { seen, gaps, stats } = await reader(name)
    for (const garbage of ['', 'hello', '1 2 3', '1 1 5\nabc', '1 1 -5\n', '\n\n\n']) {
      await redis.publish(`mq:{${name}}:messages`, garbage)
    }
    await (await lab.broker()).channel(name).publish('a')
    await eventually(() => seen.length === 1, 'the message')
    expect(gaps).toEqual([])
    expect(stats()).toMatchObject({ received: 7, delivered: 1, malformed: 6 })
    expect(lab.errors.map((error) => (error as { code?: string }).code)).toEqual(
      Array.from({ length: 6 }, () => 'invalid-message'),
    )
  })

  /** The reader's connection ends, and so many messages are numbered that nobody gets. */
  async function lost(name: string, cut: () => Promise<void>, count: number): Promise<void> {
    await cut()
    await redis.hincrby(`mq:{${name}}:seq`, 'n', count)
  }
})

it('a marker goes to whoever asked, and to nobody else', async () => {
  const name = lab.freshName()
  const [one, other] = [await lab.channel(name), await lab.channel(name)]
  const markers: Frame[] = []
  const strange: Frame[] = []
  await one.subscribe({
    onFrame: (frame) => void markers.push(frame),
    onMalformed: () => undefined,
    onInterruption: () => undefined,
  })
  await other.subscribe({
    onFrame: (frame) => void strange.push(frame),
    onMalformed: () => undefined,
    onInterruption: () => undefined,
  })
  await one.publish(['1'])
  await one.mark()
  await one.publish(['2'])
  await eventually(() => markers.length === 3 && strange.length === 2, 'all frames')
  expect(markers.map(({ n, bodies }) => [n, bodies])).toEqual([
    [1, ['1']],
    [1, []],
    [2, ['2']],
  ])
  expect(strange.every(({ bodies }) => bodies.length === 1)).toBe(true)
})
