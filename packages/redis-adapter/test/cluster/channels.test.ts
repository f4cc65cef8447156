// One channel of eight partitions over three masters.
import { defineChannel } from '@mq/core'
import type { Message } from '@mq/core'
import { afterAll, afterEach, expect, it } from 'vitest'
import { ClusterLab } from '../lab/cluster-lab.ts'
import { eventually } from '../lab/eventually.ts'

const lab = await ClusterLab.start()
afterEach(() => lab.closeBrokers())
afterAll(() => lab[Symbol.asyncDispose]())

interface Step {
  readonly key: string
  readonly step: number
}

const named = () => defineChannel<Step>({ name: lab.freshName(), history: { maxCount: 100_000 }, partitions: 8 })

function byKey(messages: readonly Message<Step>[]): Map<string, number[]> {
  const all = new Map<string, number[]>()
  for (const { payload } of messages) all.set(payload.key, [...(all.get(payload.key) ?? []), payload.step])
  return all
}

async function evaluated(): Promise<number[]> {
  return Promise.all(
    lab.cluster.masters.map(async (master) => {
      const stats = String(await lab.admin(master).call('INFO', 'commandstats'))
      return [...stats.matchAll(/^cmdstat_eval[^:]*:calls=(\d+)/gm)].reduce((all, [, calls]) => all + Number(calls), 0)
    }),
  )
}

it('is spread over the masters, keeps the order of each key, and gives each message once', async () => {
  const [producer, other, third] = [await lab.broker(), await lab.broker(), await lab.broker()]
  const definition = named()
  const heard: Message<Step>[] = []
  const taken: Message<Step>[] = []
  const gaps: unknown[] = []
  await other.channel(definition).subscribe((message) => void heard.push(message), { onGap: (gap) => gaps.push(gap) })
  const key = ({ payload }: Message<Step>): string => payload.key
  for (const broker of [other, third]) {
    await broker.channel(definition).consume('audit', (message) => void taken.push(message), { key, concurrency: 10 })
  }
  const before = await evaluated()
  const channel = producer.channel(definition)
  for (let step = 0; step < 20; step++) {
    await Promise.all(Array.from({ length: 50 }, (_, i) => channel.publish({ key: `k${i}`, step }, { key: `k${i}` })))
  }
  await eventually(() => heard.length === 1_000 && taken.length >= 1_000, 'all messages')
  for (const messages of [heard, taken]) {
    const all = byKey(messages)
    expect(all.size).toBe(50)
    for (const its of all.values()) expect(its).toEqual([...Array(20).keys()])
  }
  expect(gaps).toEqual([])
  const made = (await evaluated()).map((count, i) => count - before[i]!)
  expect(Math.max(...made) / made.reduce((all, count) => all + count, 0)).toBeLessThan(0.5)
  const group = producer.channel(definition.name).group('audit')
  await eventually(async () => (await group.stats()).running === 0, 'the end of all')
  expect(await group.stats()).toMatchObject({ unread: 0, lost: 0 })
}, 60_000)

it('a master that hangs costs only its own partitions', async () => {
  const [producer, member] = [
    await lab.broker({ operationTimeoutMs: 60_000 }),
    await lab.broker({ operationTimeoutMs: 60_000 }),
  ]
  const definition = named()
  const channel = producer.channel(definition)
  const taken: Message<Step>[] = []
  await member.channel(definition).consume('audit', (message) => void taken.push(message), { concurrency: 20 })
  await channel.publish({ key: 'first', step: -1 })
  await eventually(() => taken.length === 1, 'the first')
  const third = lab.cluster.masters[2]!
  third.pause()
  try {
    const sent = Array.from({ length: 300 }, (_, step) =>
      channel.publish({ key: `k${step}`, step }, { key: `k${step}` }),
    )
    const settled = Promise.allSettled(sent)
    await eventually(() => taken.length > 150, 'the messages of the other masters')
    expect(taken.length).toBeLessThan(301)
    third.resume()
    const ends = await settled
    const published = ends.filter(({ status }) => status === 'fulfilled').length
    await eventually(() => taken.length >= published + 1, 'the others')
    expect(new Set(taken.map(({ payload }) => payload.step)).size).toBe(taken.length)
  } finally {
    third.resume()
  }
}, 90_000)
