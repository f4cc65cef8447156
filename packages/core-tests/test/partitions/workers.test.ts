import { createBroker, defineQueue, limited, MqError, silentLogger, systemClock } from '@mq/core'
import type { Broker } from '@mq/core'
import { createVirtualClock, partitionedAdapter } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'
import { WatchedAdapter } from './watched-adapter.ts'

const split = (partitions: number) => defineQueue<number>({ name: 'work', partitions })

function open(watched: WatchedAdapter, clock = systemClock): Broker {
  return createBroker(watched.adapter, { clock, logger: silentLogger })
}

/** Turns of one worker that sleeps for an hour. */
async function turnsOfAnHour(partitions: number): Promise<number> {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const broker = open(watched, clock)
  broker.queue(split(partitions)).process(() => undefined)
  await clock.advance(60_000)
  const before = watched.calls
  await clock.advance(3_600_000)
  const { calls } = watched
  await broker.close({ deadlineMs: 0 })
  return calls - before
}

it('what a worker that sleeps costs does not grow with the partitions', async () => {
  const [one, eight, most] = [await turnsOfAnHour(1), await turnsOfAnHour(8), await turnsOfAnHour(64)]
  // At each look it sees home and one of the others; a look takes 12–15 s.
  expect(one).toBeGreaterThan(200)
  expect(eight).toBeLessThan(2.1 * one)
  expect(most).toBeLessThan(2.1 * one)
  expect(Math.abs(most - eight)).toBeLessThan(0.1 * eight)
})

it('a task wakes a worker at once, in whichever partition it is', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const broker = open(watched, clock)
  const queue = broker.queue(split(8))
  const ran = new Set<number>()
  queue.process((n) => void ran.add(n))
  await clock.advance(100)
  for (let n = 0; n < 40; n++) {
    await queue.enqueue(n, n % 2 === 0 ? { id: `task-${n}` } : {})
    await clock.advance(5)
    expect(ran.has(n)).toBe(true)
  }
  expect([...watched.turns.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  await broker.close()
})

/** Turns and claims for 4,000 tasks of a worker with 100 slots. */
async function turnsForMany(partitions: number): Promise<number> {
  const watched = new WatchedAdapter()
  const broker = open(watched)
  const queue = broker.queue(split(partitions))
  for (let i = 0; i < 40; i++) await queue.enqueueAll(Array.from({ length: 100 }, (_, k) => ({ payload: 100 * i + k })))
  const ran = new Set<number>()
  const done = new Promise<void>((resolve) => {
    const handler = async (n: number): Promise<void> => {
      await Promise.resolve()
      ran.add(n)
      if (ran.size === 4_000) resolve()
    }
    queue.process(handler, { concurrency: 100 })
  })
  await done
  await broker.close()
  return watched.sum
}

it('many tasks take few turns more in eight partitions than in one', async () => {
  const [one, eight] = [await turnsForMany(1), await turnsForMany(8)]
  expect(eight).toBeLessThan(3 * one + 40)
})

it('claims from all partitions in turn, however much waits in each', async () => {
  const watched = new WatchedAdapter()
  const broker = open(watched)
  const queue = broker.queue(split(4))
  await queue.pause()
  for (let i = 0; i < 400; i++) await queue.enqueue(i)
  const firsts: string[] = []
  const worker = queue.process(
    async (_, { id }) => {
      firsts.push(id.slice(-2))
      await new Promise((resolve) => setTimeout(resolve, 1))
    },
    { concurrency: 4, prefetch: false },
  )
  await queue.resume()
  await expect.poll(() => firsts.length).toBeGreaterThan(200)
  const counts = ['00', '01', '02', '03'].map((place) => firsts.slice(0, 200).filter((each) => each === place).length)
  for (const count of counts) expect(count).toBeGreaterThan(25)
  await worker.close()
  await broker.close()
})

it('a hint that a busy worker gets goes on to one that is free', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const [busy, free] = [open(watched, clock), open(watched, clock)]
  const definition = split(4)
  const ran: string[] = []
  let end!: () => void
  const long = new Promise<void>((resolve) => (end = resolve))
  const one = { concurrency: 1, prefetch: false }
  busy.queue(definition).process((n) => (n === 0 ? long : void ran.push(`busy ${n}`)), one)
  await clock.advance(50)
  free.queue(definition).process((n) => void ran.push(`free ${n}`), { prefetch: false })
  await clock.advance(50)
  // It slept there first, so it is hinted first: in the other partitions all the same.
  await busy.queue(definition).enqueue(0, { id: 'own-0' })
  await clock.advance(20)
  expect(ran).toEqual([])
  for (let n = 1; n < 12; n++) await busy.queue(definition).enqueue(n, { id: `own-${n}` })
  await clock.advance(200)
  expect(ran.toSorted()).toEqual(Array.from({ length: 11 }, (_, i) => `free ${i + 1}`).toSorted())
  end()
  await clock.advance(10)
  await Promise.all([busy.close(), free.close()])
})

it('a partition that does not answer costs no other', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const broker = open(watched, clock)
  const queue = broker.queue(split(4))
  const ran = new Map<number, number>()
  const worker = queue.process((n) => void ran.set(n, (ran.get(n) ?? 0) + 1), { concurrency: 10 })
  await clock.advance(100)
  watched.hang(2)
  const tasks = Array.from({ length: 200 }, (_, n) => queue.enqueue(n, { id: `own-${n}` }))
  const failed = new Set<number>()
  tasks.forEach((task, n) => void task.catch(() => failed.add(n)))
  await clock.advance(3_000)
  const before = ran.size
  // A fourth of them, about, belongs there.
  expect(before).toBeGreaterThan(120)
  expect(before).toBeLessThan(180)
  await clock.advance(10_000)
  expect(failed.size).toBe(200 - before)
  watched.resume(2)
  await clock.advance(60_000)
  expect(ran.size).toBe(200)
  expect([...ran.values()].every((count) => count === 1)).toBe(true)
  expect((await queue.stats()).totals.completed).toBe(200)
  await worker.close()
  await broker.close()
})

it('a partition that does not answer costs no other where handlers hold the queue', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const broker = open(watched, clock)
  const queue = broker.queue(split(4))
  const ran = new Set<number>()
  const held = new Set<number>()
  const handler = (n: number) => {
    if (n % 10 === 0 && !held.has(n)) {
      held.add(n)
      return limited({ forMs: 1 })
    }
    ran.add(n)
    return undefined
  }
  queue.process(handler, { concurrency: 10 })
  await clock.advance(100)
  watched.hang(2)
  for (let n = 0; n < 200; n++) void queue.enqueue(n, { id: `own-${n}` }).catch(() => undefined)
  await clock.advance(30_000)
  expect(ran.size).toBeGreaterThan(120)
  watched.resume(2)
  await clock.advance(60_000)
  expect(ran.size).toBe(200)
  await broker.close()
})

it('what a partition gives late is given back', async () => {
  const storage = memoryAdapter()
  const watched = new WatchedAdapter(storage)
  const clock = createVirtualClock()
  const broker = open(watched, clock)
  const other = createBroker(storage, { clock, logger: silentLogger })
  const ran: number[] = []
  broker.queue(split(4)).process((n) => void ran.push(n), { concurrency: 10 })
  await clock.advance(100)
  watched.hang(2, 'answers')
  const inTwo = Array.from({ length: 20 }, (_, n) => n).filter((n) => isIn(2, `own-${n}`))
  for (const n of inTwo) await other.queue(split(4)).enqueue(n, { id: `own-${n}` })
  await clock.advance(2_000)
  expect((await other.queue(split(4)).stats()).running).toBeGreaterThan(0)
  expect(ran).toEqual([])
  watched.resume(2)
  // Long before a lease is over.
  await clock.advance(3_000)
  expect(ran.toSorted((a, b) => a - b)).toEqual(inTwo)
  await Promise.all([broker.close(), other.close()])
})

it('what was running there when it stopped to answer is settled once it does', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const broker = open(watched, clock)
  const queue = broker.queue(split(4))
  let end!: () => void
  const gate = new Promise<void>((resolve) => (end = resolve))
  const ran: number[] = []
  queue.process(
    async (n) => {
      ran.push(n)
      await gate
    },
    { concurrency: 100 },
  )
  const tasks = await Promise.all(Array.from({ length: 40 }, (_, n) => queue.enqueue(n, { id: `own-${n}` })))
  await clock.advance(100)
  expect(ran).toHaveLength(40)
  watched.hang(1)
  end()
  await clock.advance(2_000)
  const statuses = async (): Promise<number> => {
    const others = tasks.filter(({ id }) => !isIn(1, id))
    return (await Promise.all(others.map((task) => task.status()))).filter(({ state }) => state === 'completed').length
  }
  const all = tasks.filter(({ id }) => !isIn(1, id)).length
  expect(await statuses()).toBe(all)
  // The worker goes on: it waits for nothing there.
  const more = Array.from({ length: 40 }, (_, n) => 100 + n).filter((n) => !isIn(1, `own-${n}`))
  for (let round = 0; round < 3; round++) {
    await Promise.all(more.map((n) => queue.enqueue(n, { id: `own-${n}-${round}`, key: `own-${n}` })))
    await clock.advance(2_000)
    expect(ran).toHaveLength(40 + (round + 1) * more.length)
  }
  watched.resume(1)
  await clock.advance(5_000)
  expect((await queue.stats()).totals.completed).toBe(40 + 3 * more.length)
  expect(ran).toHaveLength(40 + 3 * more.length)
  await broker.close()
})

it('a broker that closes waits for what is to be settled where no answer came yet', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const [broker, other] = [open(watched, clock), open(watched, clock)]
  const queue = broker.queue(split(4))
  let end!: () => void
  const gate = new Promise<void>((resolve) => (end = resolve))
  queue.process(() => gate, { concurrency: 100 })
  await Promise.all(Array.from({ length: 40 }, (_, n) => queue.enqueue(n, { id: `own-${n}` })))
  await clock.advance(100)
  watched.hang(1)
  end()
  await clock.advance(2_000)
  const closing = broker.close({ deadlineMs: 10_000 })
  await clock.advance(3_000)
  watched.resume(1)
  await clock.advance(2_000)
  await closing
  expect((await other.queue(split(4)).stats()).totals.completed).toBe(40)
  await other.close()
})

it.each(['by its definition', 'by its name'])(
  'a worker that closes, of a queue %s, waits for what is to be settled where no answer came yet',
  async (by) => {
    const watched = new WatchedAdapter()
    const clock = createVirtualClock()
    const [broker, other] = [open(watched, clock), open(watched, clock)]
    await other.queue(split(4)).stats()
    const queue = by === 'by its name' ? broker.queue('work') : broker.queue(split(4))
    let end!: () => void
    const gate = new Promise<void>((resolve) => (end = resolve))
    const worker = queue.process(() => gate, { concurrency: 100 })
    await clock.advance(100)
    await Promise.all(Array.from({ length: 40 }, (_, n) => other.queue(split(4)).enqueue(n, { id: `own-${n}` })))
    await clock.advance(100)
    watched.hang(1)
    end()
    await clock.advance(2_000)
    let isClosed = false
    const closing = worker.close({ deadlineMs: 10_000 }).then(() => (isClosed = true))
    await clock.advance(3_000)
    expect(isClosed).toBe(false)
    watched.resume(1)
    await clock.advance(2_000)
    await closing
    expect((await other.queue(split(4)).stats()).totals.completed).toBe(40)
    await Promise.all([broker.close(), other.close()])
  },
)

it('a worker that closes waits no longer than its deadline, says so, and what it settled is settled later', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const warned: string[] = []
  const logger = { ...silentLogger, warn: (_: object, text?: string) => void warned.push(String(text)) }
  const broker = createBroker(watched.adapter, { clock, logger })
  const queue = broker.queue(split(4))
  let end!: () => void
  const gate = new Promise<void>((resolve) => (end = resolve))
  const worker = queue.process(() => gate, { concurrency: 100 })
  await Promise.all(Array.from({ length: 40 }, (_, n) => queue.enqueue(n, { id: `own-${n}` })))
  await clock.advance(100)
  watched.hang(1)
  end()
  await clock.advance(2_000)
  const closing = worker.close({ deadlineMs: 10_000 })
  await clock.advance(10_000)
  await closing
  expect(warned).toContainEqual(expect.stringContaining('closed before the last settlements were confirmed'))
  watched.resume(1)
  await clock.advance(2_000)
  expect((await queue.stats()).totals.completed).toBe(40)
  await broker.close()
})

it('what a partition refuses for good is said once and asked again each second, and its tasks run again', async () => {
  for (const code of ['layout-mismatch', 'storage-refused'] as const) {
    const watched = new WatchedAdapter()
    const clock = createVirtualClock()
    const errors: Error[] = []
    const onError = (error: Error): void => void errors.push(error)
    const broker = createBroker(watched.adapter, { clock, logger: silentLogger, onError })
    const queue = broker.queue(split(4))
    const ran: number[] = []
    let end!: () => void
    const gate = new Promise<void>((resolve) => (end = resolve))
    queue.process((n) => (ran.push(n), gate), { concurrency: 100 })
    await clock.advance(100)
    await Promise.all(Array.from({ length: 40 }, (_, n) => queue.enqueue(n, { id: `own-${n}` })))
    await clock.advance(100)
    const refused = ran.filter((n) => isIn(1, `own-${n}`)).length
    let calls = 0
    watched.onTurn = (_, partition) => {
      if (partition !== 1) return
      calls++
      throw new MqError(code, 'this partition is not as it should be')
    }
    end()
    await clock.advance(60_000)
    expect(calls).toBeLessThan(code === 'layout-mismatch' ? 62 : 100)
    expect(calls).toBeGreaterThan(10)
    const said = errors.map((error) => error.message)
    expect(said.filter((text) => text === 'this partition is not as it should be')).toHaveLength(1)
    expect(said.filter((text) => text.includes(`what ${refused} tasks ended with`))).toHaveLength(1)
    expect((await queue.stats()).totals.completed).toBe(40 - refused)
    watched.onTurn = () => undefined
    await clock.advance(60_000)
    expect(ran).toHaveLength(40 + refused)
    expect((await queue.stats()).totals.completed).toBe(40)
    await broker.close()
  }
})

it('of tasks that are stored by the name of the queue, those of a partition that hangs wait alone', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const [broker, byName] = [open(watched, clock), open(watched, clock)]
  await broker.queue(split(4)).enqueue(-1)
  watched.hang(1)
  const queue = byName.queue('work')
  const stored: number[] = []
  // From its first call on, when it is not known yet that there are partitions.
  const add = (n: number) => queue.enqueue(n, { id: `own-${n}` }).then(() => stored.push(n))
  const all = Array.from({ length: 40 }, (_, n) => add(n))
  await clock.advance(1_000)
  for (let n = 40; n < 80; n++) all.push(add(n))
  await clock.advance(1_000)
  const others = Array.from({ length: 80 }, (_, n) => n).filter((n) => !isIn(1, `own-${n}`))
  expect(stored.toSorted((a, b) => a - b)).toEqual(others)
  watched.resume(1)
  await clock.advance(2_000)
  await Promise.all(all)
  expect((await broker.queue(split(4)).stats()).waiting).toBe(81)
  await Promise.all([broker.close(), byName.close()])
})

it('tasks that were stored are not said to be refused because a partition refused others', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  // Where one call stores in several.
  const adapter = partitionedAdapter(watched.adapter, { partitions: 4, together: true })
  const broker = createBroker(adapter, { clock, logger: silentLogger })
  const queue = broker.queue(defineQueue<number>({ name: 'work' }))
  await queue.stats()
  const refusal = new MqError('storage-full', 'its memory is full')
  watched.onEnqueue = (partition) => {
    if (partition === 1) throw refusal
  }
  const tasks = Array.from({ length: 20 }, (_, n) => queue.enqueue(n, { id: `own-${n}` }))
  const ends = Promise.allSettled(tasks)
  await clock.advance(20_000)
  const codes = (await ends).map((end) => (end.status === 'rejected' ? (end.reason as MqError).code : 'stored'))
  const { waiting } = await queue.stats()
  expect(waiting).toBeGreaterThan(1)
  // Whether they were stored is not known, and each id says it.
  expect(new Set(codes)).toEqual(new Set(['unavailable']))
  await broker.close()
})

it('a producer that found out that its queue has partitions ends without a complaint', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const said: string[] = []
  const note = (_: object, text?: string): void => void said.push(String(text))
  const logger = { debug: note, info: note, warn: note, error: note }
  const [broker, byName] = [open(watched, clock), createBroker(watched.adapter, { clock, logger })]
  await broker.queue(split(4)).stats()
  await Promise.all(Array.from({ length: 20 }, (_, n) => byName.queue('work').enqueue(n)))
  await byName.close()
  expect(said).toEqual([])
  expect((await broker.queue(split(4)).stats()).waiting).toBe(20)
  await broker.close()
})

it('what a partition refuses is refused alone where tasks are stored by the name of the queue', async () => {
  const watched = new WatchedAdapter()
  const clock = createVirtualClock()
  const [broker, byName] = [open(watched, clock), open(watched, clock)]
  await broker.queue(split(4)).stats()
  const queue = byName.queue('work')
  const refusal = new MqError('storage-full', 'its memory is full')
  watched.onEnqueue = (partition) => {
    if (partition === 1) throw refusal
  }
  const ends = Promise.allSettled(Array.from({ length: 20 }, (_, n) => queue.enqueue(n, { id: `own-${n}` })))
  await clock.advance(20_000)
  const refused = (await ends).flatMap((end, n) => (end.status === 'rejected' ? [n] : []))
  expect(refused).toEqual(Array.from({ length: 20 }, (_, n) => n).filter((n) => isIn(1, `own-${n}`)))
  expect((await queue.stats()).waiting).toBe(20 - refused.length)
  await Promise.all([broker.close(), byName.close()])
})

/** As `homeOf` of core has it: it must never change. */
function isIn(partition: number, id: string): boolean {
  let hash = 0x811c9dc5
  for (const letter of id) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % 4 === partition
}
