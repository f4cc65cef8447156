import type { ChannelPosition, Message } from '@mq/core'
import { expect, it } from 'vitest'
import { byKey, lab, named } from './lab.ts'
import type { Step } from './lab.ts'

it('a position is a place in every partition: nothing that came after it is passed by', async () => {
  const { clock, open } = lab()
  const broker = open()
  const channel = broker.channel(named(8))
  const positions: ChannelPosition[] = []
  const published: string[] = []
  for (let step = 0; step < 60; step++) {
    const key = `k${step % 13}`
    positions.push(await channel.publish({ key, step }, { key }))
    published.push(`${key}.${step}`)
    await clock.advance(1_000)
  }
  for (const from of [0, 17, 42, 59]) {
    const taken: Message<Step>[] = []
    const group = `from-${from}`
    const worker = await channel.consume(group, (message) => void taken.push(message), {
      from: { position: positions[from]! },
    })
    await clock.advance(30_000)
    const steps = taken.map(({ payload }) => payload.step).sort((one, other) => one - other)
    const expected = published.slice(from + 1).map((text) => Number(text.split('.')[1]))
    expect(steps).toEqual(expect.arrayContaining(expected))
    // In its own partition it is exact, elsewhere at most 5 s before.
    expect(steps[0] ?? 60).toBeGreaterThanOrEqual(Math.max(0, from - 5))
    expect(steps).not.toContain(from)
    const before = taken.length
    await channel.group(group).seek({ position: positions[from]! })
    await clock.advance(30_000)
    expect(taken.length).toBe(2 * before)
    await worker.close()
  }
  await broker.close()
})

it('a position of a message that is no longer kept, or of before, is the earliest', async () => {
  const { clock, open } = lab()
  const broker = open()
  const channel = broker.channel(named(2, { history: { maxCount: 20 } }))
  const first = await channel.publish({ key: 'a', step: 0 }, { key: 'a' })
  for (let step = 1; step <= 40; step++) await channel.publish({ key: 'a', step }, { key: `k${step}` })
  for (const position of [first, { epoch: first.epoch.replace('of2', 'of4'), n: 3 }, { epoch: 'other', n: 3 }]) {
    const taken: number[] = []
    const worker = await channel.consume('audit', ({ payload }) => void taken.push(payload.step), {
      from: { position },
    })
    await clock.advance(30_000)
    expect(taken.length).toBeGreaterThanOrEqual(20)
    expect(taken.length).toBeLessThan(40)
    await worker.close()
    await channel.group('audit').remove()
  }
  await broker.close()
})

it('a group whose members are busy elsewhere is forgotten in no partition', async () => {
  const { clock, errors, open } = lab()
  const broker = open()
  const history = { maxCount: 10_000, groupExpiresMs: 10_000 }
  const channel = broker.channel(named(8, { history }))
  const taken: Message<Step>[] = []
  await channel.consume('audit', (message) => void taken.push(message), { concurrency: 1 })
  for (let step = 0; step < 300; step++) {
    await channel.publish({ key: 'busy', step }, { key: 'busy' })
    await clock.advance(200)
  }
  for (let step = 0; step < 20; step++) await channel.publish({ key: `k${step}`, step }, { key: `k${step}` })
  await clock.advance(5_000)
  expect(taken.length).toBe(320)
  expect(errors).toEqual([])
  await broker.close()
})

it('what a member holds that is gone is given to others', async () => {
  const { clock, open } = lab()
  const [first, second] = [open(), open()]
  const taken: Message<Step>[] = []
  let held = 0
  await first.channel(named(8)).consume('audit', () => (held++, new Promise(() => undefined)), {
    concurrency: 10,
    leaseMs: 10_000,
  })
  for (let step = 0; step < 10; step++)
    await second.channel(named(8)).publish({ key: `k${step}`, step }, { key: `k${step}` })
  await clock.advance(1_000)
  expect(held).toBe(10)
  const closed = first.close({ deadlineMs: 0 })
  await clock.advance(100)
  await closed
  await second.channel(named(8)).consume('audit', (message) => void taken.push(message), { leaseMs: 10_000 })
  await clock.advance(40_000)
  expect(byKey(taken).size).toBe(10)
  await second.close()
})

it('a partition that does not answer keeps neither publishers nor members of the others waiting', async () => {
  const { clock, open, watch } = lab()
  const broker = open()
  const channel = broker.channel(named(4))
  const taken: Message<Step>[] = []
  await channel.consume('audit', (message) => void taken.push(message), { concurrency: 4 })
  const ends: string[] = []
  watch.away = 2
  for (let step = 0; step < 40; step++) {
    const key = `k${step}`
    channel.publish({ key, step }, { key }).then(
      () => ends.push('published'),
      () => ends.push('failed'),
    )
    await clock.advance(100)
  }
  await clock.advance(2_000)
  const reached = taken.length
  expect(reached).toBeGreaterThan(20)
  expect(ends.filter((end) => end === 'published').length).toBe(reached)
  for (let step = 100; step < 140; step++) {
    const sent = channel.publish({ key: 'any', step })
    await clock.advance(700)
    void sent.catch(() => undefined)
  }
  expect(taken.filter(({ payload }) => payload.step >= 100).length).toBeGreaterThanOrEqual(38)
  watch.back()
  await clock.advance(30_000)
  expect(new Set(taken.map(({ payload }) => payload.step)).size).toBe(taken.length)
  expect(await channel.group('audit').stats()).toMatchObject({ unread: 0, running: 0 })
  await broker.close()
})

it('says of a message why it is not delivered, and in which partition', async () => {
  const { clock, open } = lab()
  const broker = open()
  const channel = broker.channel(named(4))
  const group = channel.group('audit')
  expect((await group.explain()).because).toBe('unknown-group')
  const worker = await channel.consume('audit', () => undefined)
  await clock.advance(1_000)
  await worker.close()
  const positions: ChannelPosition[] = []
  for (let step = 0; step < 12; step++) {
    positions.push(await channel.publish({ key: `k${step}`, step }, { key: `k${step}` }))
    await clock.advance(10)
  }
  const first = await group.explain()
  expect(first).toMatchObject({ because: 'no-member', facts: { partition: { of: 4 } } })
  const { index } = first.facts.partition!
  expect(positions[0]!.epoch.endsWith(`-p${index}of4`)).toBe(true)
  expect(first.text).toMatch(/^In partition \d of 4: /)
  const last = await group.explain(positions[11])
  expect(last.because).toBe('no-member')
  expect((await group.explain({ ...positions[11]!, n: 1_000 })).because).toBe('not-published')
  expect((await group.stats()).oldestWaitMs).toBe(120)
  await channel.consume('audit', () => undefined)
  await clock.advance(30_000)
  expect((await group.explain(positions[11])).because).toBe('delivered')
  await broker.close()
})

it('an idle member asks as often with 64 partitions as with 8', async () => {
  const asked = async (partitions: number | undefined): Promise<number> => {
    const { clock, open, watch } = lab()
    const broker = open()
    await broker.channel(named(partitions)).consume('audit', () => undefined)
    await clock.advance(300_000)
    watch.calls.clear()
    await clock.advance(600_000)
    const sum = [...watch.calls.values()].reduce((all, count) => all + count, 0)
    await broker.close()
    return sum
  }
  const [one, eight, most] = [await asked(undefined), await asked(8), await asked(64)]
  // A look is two calls in place of one; pauses between looks are not all the same.
  for (const asks of [eight, most]) expect(asks).toBeLessThan(2.5 * one)
})
