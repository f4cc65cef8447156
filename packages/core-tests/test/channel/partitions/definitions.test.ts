import { createBroker, defineChannel, silentLogger } from '@mq/core'
import type { Adapter, Message, MqError } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'
import { lab, named } from './lab.ts'
import type { Step } from './lab.ts'

it.each([
  ['no history', {}],
  ['sharded', { sharded: true }],
  ['raw', { raw: 'topic' }],
])('a channel with %s has no partitions', (_, more) => {
  const define = (): unknown => defineChannel({ name: 'news', partitions: 4, ...more })
  expect(define).toThrow(expect.objectContaining({ code: 'unsupported', details: { option: 'partitions' } }))
  expect(() => defineChannel({ name: 'news', ...more })).not.toThrow()
})

it.each([0, 65, 1.5, '8'])('partitions of a channel are 1–64, not %s', (partitions) => {
  const define = (): unknown =>
    defineChannel({ name: 'news', history: { maxCount: 1 }, partitions: partitions as number })
  expect(define).toThrow(TypeError)
})

it('an adapter without them refuses a channel with partitions', async () => {
  const inner = memoryAdapter()
  const adapter: Adapter = {
    ...inner,
    open: (environment) =>
      new Proxy(inner.open(environment), {
        get: (target, name) => {
          const member: unknown = name === 'channelWidths' ? undefined : Reflect.get(target, name, target)
          return typeof member === 'function' ? member.bind(target) : member
        },
      }),
  }
  const broker = createBroker(adapter, { logger: silentLogger })
  expect(() => broker.channel(named(4))).toThrow(expect.objectContaining({ code: 'unsupported' }))
  expect(() => broker.channel(named(1, { name: 'others' }))).not.toThrow()
  await broker.close()
})

it('another number of partitions is refused, and does nothing', async () => {
  const { open } = lab()
  const first = open()
  await first.channel(named(4)).publish({ key: 'a', step: 1 })
  for (const other of [named(8), named()]) {
    const broker = open()
    const channel = broker.channel(other)
    const refused = {
      code: 'partitions-differ',
      message: expect.stringContaining('channel steps has 4 partitions') as string,
      details: { channel: 'steps', partitions: 4, wanted: other.partitions },
    }
    await expect(channel.publish({ key: 'a', step: 2 })).rejects.toMatchObject(refused)
    await expect(channel.publishAll([{ message: { key: 'a', step: 2 } }])).rejects.toMatchObject(refused)
    await expect(channel.subscribe(() => undefined)).rejects.toMatchObject(refused)
    await expect(channel.consume('audit', () => undefined)).rejects.toMatchObject(refused)
    await expect(channel.groups()).rejects.toMatchObject(refused)
    await expect(channel.group('audit').stats()).rejects.toMatchObject(refused)
    await expect(channel.obliterate()).rejects.toMatchObject(refused)
    await broker.close()
  }
  expect(await first.channel(named(4)).groups()).toEqual([])
  await first.close()
})

it('a channel that is there stays as it is', async () => {
  const { open } = lab()
  const [first, other] = [open(), open()]
  await first.channel(named()).publish({ key: 'a', step: 1 })
  const refused = { code: 'partitions-differ', details: { channel: 'steps', partitions: 1, wanted: 4 } }
  await expect(other.channel(named(4)).publish({ key: 'a', step: 2 })).rejects.toMatchObject(refused)
  await Promise.all([first.close(), other.close()])
})

it('a queue of the same name has a number of its own', async () => {
  const { open } = lab()
  const broker = open()
  await broker.queue('steps').enqueue(1)
  await broker.channel(named(4)).publish({ key: 'a', step: 1 })
  expect((await broker.queue('steps').stats()).waiting).toBe(1)
  await broker.close()
})

it('a minute after it was obliterated the next definition decides', async () => {
  const { clock, open } = lab()
  const [first, other] = [open(), open()]
  const channel = first.channel(named(4))
  await channel.publish({ key: 'a', step: 1 })
  await channel.obliterate()
  await expect(other.channel(named(8)).publish({ key: 'a', step: 2 })).rejects.toMatchObject({
    code: 'partitions-differ',
  })
  await first.close()
  await clock.advance(61_000)
  await other.channel(named(8)).publish({ key: 'a', step: 2 })
  await other.close()
})

it('subscribers that hear nothing any more are told so', async () => {
  const { clock, errors, open } = lab()
  const [first, other] = [open(), open()]
  const ends: unknown[] = []
  const plain = await first.channel(named()).subscribe(() => undefined, { onEnd: (error) => void ends.push(error) })
  await clock.advance(1_000)
  // Of a memory that forgot the channel.
  await first.channel(named()).obliterate()
  await plain.close()
  await other.channel(named(4)).publish({ key: 'a', step: 1 })
  await expect(first.channel(named()).subscribe(() => undefined)).rejects.toMatchObject({ code: 'partitions-differ' })
  expect([ends, errors]).toEqual([[], []])
  await Promise.all([first.close(), other.close()])
})

it('who uses it by its name alone sees the whole of it', async () => {
  const { clock, errors, open } = lab()
  const [first, second] = [open(), open()]
  const channel = first.channel(named(8))
  const worker = await channel.consume(
    'audit',
    () => {
      throw new Error('never')
    },
    { attempts: 1 },
  )
  const byName = second.channel('steps')
  const heard: Message<Step>[] = []
  await byName.subscribe((message) => void heard.push(message as Message<Step>))
  for (let i = 0; i < 40; i++) await channel.publish({ key: `k${i}`, step: i }, { key: `k${i}` })
  // Without history: no group gets it.
  await byName.publish({ key: 'k1', step: 100 }, { key: 'k1' })
  await clock.advance(60_000)
  expect(heard.length).toBe(41)
  expect(new Set(heard.map(({ channel: name }) => name))).toEqual(new Set(['steps']))
  expect(await byName.groups()).toEqual(['audit'])
  const group = byName.group('audit')
  expect(await group.stats()).toMatchObject({ unread: 0, dead: 40 })
  expect((await group.explain()).because).toBe('caught-up')
  const dead = await group.dead.list({ limit: 100 })
  expect(dead.length).toBe(40)
  expect(new Set(dead.map(({ id }) => id)).size).toBe(40)
  expect((await group.dead.discard({ ids: dead.slice(0, 10).map(({ id }) => id) })).changed).toBe(10)
  expect((await group.dead.redrive('all')).changed).toBe(30)
  expect(await group.pause()).toBe(true)
  expect(await group.pause()).toBe(false)
  expect(await channel.group('audit').stats()).toMatchObject({ paused: true })
  await worker.close()
  await group.remove()
  await expect(group.stats()).rejects.toMatchObject({ code: 'unknown-group' })
  expect(await second.channels()).toEqual(['steps'])
  expect(errors.filter((error) => error.message !== 'never').map((error) => (error as MqError).code)).toEqual([
    'messages-lost',
  ])
  await Promise.all([first.close(), second.close()])
})

it('no pattern shows a channel with partitions, or their names', async () => {
  const { clock, open } = lab()
  const broker = open()
  const heard: string[] = []
  for (const pattern of ['>', '*', 'steps.>']) {
    await broker.pattern(pattern).subscribe(({ channel }) => void heard.push(channel))
  }
  await broker.channel(named(4)).publish({ key: 'a', step: 1 })
  await broker.channel('plain').publish(1)
  await clock.advance(5_000)
  expect(heard).toEqual(['plain', 'plain'])
  await broker.close()
})

it('refuses a key that is none, and keys of one call that belong to several partitions', async () => {
  const { open } = lab()
  const broker = open()
  const channel = broker.channel(named(8))
  for (const key of ['', 'x'.repeat(257), 7]) {
    await expect(channel.publish({ key: 'a', step: 1 }, { key: key as string })).rejects.toMatchObject({
      code: 'invalid-options',
    })
  }
  const entries = (keys: number): { message: Step; key: string }[] =>
    Array.from({ length: 20 }, (_, step) => ({ message: { key: 'k', step }, key: `k${step % keys}` }))
  await expect(channel.publishAll(entries(20))).rejects.toMatchObject({ code: 'partitions-apart' })
  const positions = await channel.publishAll(entries(1))
  expect(new Set(positions.map(({ epoch }) => epoch)).size).toBe(1)
  expect(positions.map(({ n }) => n)).toEqual([...Array(20).keys()].map((i) => i + 1))
  const plain = broker.channel(defineChannel<Step>({ name: 'plain' }))
  expect((await plain.publishAll(entries(20))).length).toBe(20)
  expect((await plain.publish({ key: 'k', step: 1 }, { key: 'k' })).n).toBe(21)
  await broker.close()
})

it('a broker for tests knows what was published to one', async () => {
  const broker = createTestBroker(memoryAdapter())
  const taken: Step[] = []
  await broker.channel(named(4)).consume('audit', ({ payload }) => void taken.push(payload))
  await broker.channel(named(4)).publish({ key: 'a', step: 1 }, { key: 'a' })
  await broker.clock.advance(1_000)
  expect(broker.published('steps')).toEqual([{ message: { key: 'a', step: 1 }, headers: {} }])
  expect(taken).toEqual([{ key: 'a', step: 1 }])
  await broker.close()
})
