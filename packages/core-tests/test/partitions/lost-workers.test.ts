// What a worker leaves behind that is gone without a word is found by who sleeps, whatever the number of partitions.
import { createBroker, defineQueue, silentLogger } from '@mq/core'
import type { Broker, WorkerOptions } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'
import { HOME, WatchedAdapter } from './watched-adapter.ts'

const LEASE_MS = 30_000
/** The longest pause between two looks of a worker that sleeps. */
const LOOK_MS = 15_000

function lab(partitions: number) {
  const storage = memoryAdapter()
  const clock = createVirtualClock()
  const watched = [new WatchedAdapter(storage), new WatchedAdapter(storage), new WatchedAdapter(storage)] as const
  const definition = defineQueue<number>({ name: 'work', partitions })
  const brokers: Broker[] = watched.map(({ adapter }) => createBroker(adapter, { clock, logger: silentLogger }))
  const [lost, other, producer] = brokers.map((broker) => broker.queue(definition))
  const ran: { readonly n: number; readonly at: number }[] = []
  return {
    clock,
    watched,
    ran,
    lost: lost!,
    producer: producer!,
    /** Where what the lost worker leaves is run. */
    begin: (options?: WorkerOptions) => other!.process((n) => void ran.push({ n, at: clock.now() }), options),
    /** The lost one ends no more. */
    async close() {
      const closing = Promise.all(brokers.slice(1).map((broker) => broker.close({ deadlineMs: 0 })))
      await clock.advance(60_000)
      await closing
    },
  }
}

it.each([8, 64])('of %i partitions: what it ran is run within a lease and a look', async (partitions) => {
  const { clock, watched, ran, lost, producer, begin, close } = lab(partitions)
  const held = new Set<number>()
  lost.process((n) => (held.add(n), new Promise(() => undefined)), { concurrency: 20 })
  await clock.advance(1_000)
  begin()
  await clock.advance(600_000)
  // Who came first is told.
  for (let n = 0; n < 20; n++) await producer.enqueue(n, { id: `own-${n}` })
  await clock.advance(100)
  expect(held.size).toBe(20)
  watched[0].die()
  const diedAt = clock.now()
  await clock.advance(LEASE_MS + LOOK_MS)
  expect(ran).toHaveLength(20)
  for (const { at } of ran) expect(at - diedAt).toBeLessThanOrEqual(LEASE_MS + LOOK_MS)
  await close()
})

it('where the marks of who stored it did not arrive, those of who ran it did', async () => {
  const { clock, watched, ran, lost, producer, begin, close } = lab(64)
  lost.process(() => new Promise(() => undefined), { concurrency: 20 })
  await clock.advance(1_000)
  begin()
  await clock.advance(600_000)
  await producer.stats()
  watched[2].hang(HOME)
  for (let n = 0; n < 20; n++) await producer.enqueue(n, { id: `own-${n}` })
  await clock.advance(100)
  watched[0].die()
  await clock.advance(LEASE_MS + LOOK_MS)
  expect(ran).toHaveLength(20)
  watched[2].resume(HOME)
  await close()
})

it('a task that its worker had just begun is found, too, where nothing was for long', async () => {
  const { clock, watched, ran, lost, producer, begin, close } = lab(64)
  lost.process(() => new Promise(() => undefined))
  await clock.advance(1_000)
  begin({ concurrency: 1 })
  await clock.advance(3_600_000)
  // Hints go to who looked last; tasks go on until the one that will be lost has some.
  const held = (): number => watched[0].turns.size
  for (let n = 0; n < 30; n++) await producer.enqueue(n, { id: `own-${n}` })
  await clock.advance(100)
  expect(held()).toBeGreaterThan(0)
  watched[0].die()
  await clock.advance(LEASE_MS + LOOK_MS)
  expect(new Set(ran.map(({ n }) => n)).size).toBe(30)
  await close()
})

it('a delayed task of which only the lost one was told begins within a look', async () => {
  const { clock, watched, ran, lost, producer, begin, close } = lab(64)
  lost.process(() => undefined)
  await clock.advance(1_000)
  begin()
  await clock.advance(600_000)
  for (let n = 0; n < 10; n++) await producer.enqueue(n, { id: `own-${n}`, delayMs: 300_000 })
  await clock.advance(30_000)
  watched[0].die()
  await clock.advance(270_000 + LOOK_MS)
  expect(new Set(ran.map(({ n }) => n)).size).toBe(10)
  await close()
})

it('a task whose hint went to the lost one begins within a look', async () => {
  const { clock, watched, ran, lost, producer, begin, close } = lab(64)
  lost.process(() => undefined)
  await clock.advance(1_000)
  begin()
  await clock.advance(600_000)
  watched[0].die()
  for (let n = 0; n < 10; n++) await producer.enqueue(n, { id: `own-${n}` })
  await clock.advance(LOOK_MS)
  expect(new Set(ran.map(({ n }) => n)).size).toBe(10)
  await close()
})

it('a worker that is busy elsewhere finds it, too', async () => {
  const { clock, watched, ran, lost, producer, begin, close } = lab(64)
  lost.process(() => new Promise(() => undefined), { concurrency: 20 })
  await clock.advance(1_000)
  begin({ concurrency: 1, prefetch: false })
  await clock.advance(1_000)
  for (let n = 0; n < 20; n++) await producer.enqueue(n, { id: `own-${n}` })
  await clock.advance(1_000)
  const steady = clock.now() + 120_000
  let n = 100
  const one = async (): Promise<void> => {
    while (clock.now() < steady) {
      await producer.enqueue(n++, { key: 'steady' })
      await new Promise<void>((resolve) => clock.schedule(resolve, 50))
    }
  }
  void one()
  await clock.advance(5_000)
  watched[0].die()
  await clock.advance(LEASE_MS + LOOK_MS)
  expect(new Set(ran.filter((run) => run.n < 100).map((run) => run.n)).size).toBe(20)
  await clock.advance(120_000)
  await close()
})

it('where the slot of its name is away, all are looked at, so that it is found as soon', async () => {
  const { clock, watched, ran, lost, producer, begin, close } = lab(64)
  lost.process(() => new Promise(() => undefined), { concurrency: 20 })
  await clock.advance(1_000)
  begin()
  await clock.advance(600_000)
  await producer.stats()
  for (const each of watched) each.hang(HOME)
  for (let n = 0; n < 20; n++) await producer.enqueue(n, { id: `own-${n}` })
  await clock.advance(100)
  watched[0].die()
  await clock.advance(LEASE_MS + LOOK_MS + 1_000)
  expect(new Set(ran.map((run) => run.n)).size).toBe(20)
  for (const each of watched) each.resume(HOME)
  await close()
})

it('a look waits half a second for the slot of its name where that is away, and the next ones do not', async () => {
  const { clock, watched, ran, producer, begin, close } = lab(8)
  begin()
  await clock.advance(60_000)
  watched[1].hang(HOME)
  // Some look is under way, or was given up.
  await clock.advance(20_000)
  const lateMs: number[] = []
  for (let n = 0; n < 60; n++) {
    const at = clock.now()
    await producer.enqueue(n, { id: `own-${n}` })
    await clock.advance(2_500)
    lateMs.push(ran.at(-1)!.at - at)
  }
  expect(ran).toHaveLength(60)
  // And each 40 s for whether the number is still the same.
  expect(lateMs.filter((ms) => ms > 50).length).toBeLessThanOrEqual(6)
  expect(Math.max(...lateMs)).toBeLessThanOrEqual(500)
  watched[1].resume(HOME)
  await close()
})
