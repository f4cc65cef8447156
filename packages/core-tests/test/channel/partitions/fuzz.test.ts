// Random lives of a channel with partitions: members come and go, handlers fail, partitions are away for a while.
import { retry } from '@mq/core'
import type { Broker, Message, Worker } from '@mq/core'
import { expect, it } from 'vitest'
import { byKey, lab, named } from './lab.ts'
import type { Step } from './lab.ts'

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1)

/** mulberry32 */
function diceOf(seed: number): (most: number) => number {
  let state = seed
  return (most) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * most
  }
}

it.each(SEEDS)('loses nothing, does nothing twice, and keeps the order of each key (seed %i)', async (seed) => {
  const roll = diceOf(seed)
  const upTo = (most: number): number => Math.floor(roll(most))
  const { clock, errors, open, watch } = lab()
  const definition = named(1 + upTo(9) || 2)
  const producer = open()
  const channel = producer.channel(definition)
  const heard: Message<Step>[] = []
  const gaps: unknown[] = []
  await channel.subscribe((message) => void heard.push(message), { onGap: (gap) => gaps.push(gap) })
  const done: Record<string, Message<Step>[]> = { plain: [], ordered: [] }
  const running = new Set<string>()
  const tried = new Set<string>()
  const members: { readonly worker: Worker; readonly broker: Broker }[] = []

  const join = async (): Promise<void> => {
    const broker = open()
    const group = upTo(2) === 0 ? 'plain' : 'ordered'
    const key = group === 'ordered' ? ({ payload }: Message<Step>): string => payload.key : undefined
    const handler = async (message: Message<Step>) => {
      const name = `${group} ${message.payload.key}`
      if (key !== undefined) expect(running.has(name)).toBe(false)
      running.add(name)
      await Promise.resolve()
      running.delete(name)
      const id = `${group} ${message.epoch} ${message.n}`
      if (message.payload.step % 7 === 3 && !tried.has(id)) {
        tried.add(id)
        return retry({ delayMs: message.payload.step % 2 === 0 ? 0 : 500 })
      }
      done[group]!.push(message)
      return undefined
    }
    const joining = broker.channel(definition).consume(group, handler, {
      key,
      from: 'earliest',
      concurrency: 1 + upTo(5),
      leaseMs: 5_000,
    })
    void joining.then(
      (worker) => members.push({ worker, broker }),
      () => undefined,
    )
    await clock.advance(50)
  }

  await join()
  const sent: Promise<unknown>[] = []
  const steps = new Map<string, number>()
  for (let round = 0; round < 60; round++) {
    for (let i = upTo(12); i > 0; i--) {
      const key = `k${upTo(9)}`
      const step = steps.get(key) ?? 0
      steps.set(key, step + 1)
      sent.push(channel.publish({ key, step }, { key }))
    }
    const act = upTo(12)
    if (act === 0) await join()
    else if (act === 1 && members.length > 0) {
      const [{ worker }] = members.splice(upTo(members.length), 1) as [(typeof members)[0]]
      const closed = worker.close({ deadlineMs: 1_000 })
      await clock.advance(1_200)
      await closed
    } else if (act === 2) {
      watch.back()
      await clock.advance(1)
      watch.away = upTo(definition.partitions)
    } else if (act === 3) watch.back()
    else if (act === 4)
      void channel
        .group('ordered')
        .pause()
        .catch(() => undefined)
    else if (act === 5)
      void channel
        .group('ordered')
        .resume()
        .catch(() => undefined)
    await clock.advance(upTo(400))
    // Before a publish is given up.
    if (round % 5 === 4) watch.back()
  }
  watch.back()
  await clock.advance(10_000)
  await channel
    .group('ordered')
    .resume()
    .catch(() => undefined)
  // Members of both, most probably, whatever was rolled.
  for (let i = 0; i < 10; i++) await join()
  await clock.advance(60_000)
  const total = (await Promise.all(sent)).length
  const expected = new Map([...steps].map(([key, count]) => [key, [...Array(count).keys()]]))
  for (const [group, messages] of Object.entries(done)) {
    const ids = new Set(messages.map(({ epoch, n }) => `${epoch} ${n}`))
    expect([group, messages.length, ids.size]).toEqual([group, total, total])
  }
  for (const [key, its] of expected) {
    expect(byKey(done['ordered']!).get(key)).toEqual(its)
    expect(byKey(heard).get(key)).toEqual(its)
  }
  expect([gaps, errors]).toEqual([[], []])
  expect(await channel.group('ordered').stats()).toMatchObject({
    unread: 0,
    blocked: 0,
    running: 0,
    delayed: 0,
    lost: 0,
  })
  const ends = Promise.all([producer.close(), ...members.map(({ broker }) => broker.close())])
  await clock.advance(20_000)
  await ends
})
