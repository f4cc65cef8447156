// Schedules of a queue that is divided anew, by a process that does not know of it yet.
import { createBroker, defineQueue, silentLogger } from '@mq/core'
import type { Adapter, Queue, QueueAdmin, QueueDriver, Storage } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'

const work = defineQueue<number>({ name: 'work', partitions: 2 })

/** The same storage, where something happens before a schedule is stored there. */
function interrupted(adapter: Adapter, onSet: () => Promise<unknown>): Adapter {
  const watched = (driver: QueueDriver & QueueAdmin): QueueDriver & QueueAdmin =>
    new Proxy(driver, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target)
        if (name !== 'schedules') return typeof member === 'function' ? member.bind(target) : member
        const { schedules } = target
        return { ...schedules, set: async (given: never) => (await onSet(), schedules!.set(given)) }
      },
    })
  return {
    ...adapter,
    open(environment) {
      const storage = adapter.open(environment)
      return new Proxy(storage, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name, target)
          if (name === 'queue') return (...given: Parameters<Storage['queue']>) => watched(target.queue(...given))
          return typeof member === 'function' ? member.bind(target) : member
        },
      })
    },
  }
}

async function upsert({ schedules }: Queue<number>, name: string): Promise<string> {
  const task = await schedules.prepare(name, 1)
  const { schedule, at } = await schedules.read(name)
  return (await schedules.set({ name, rule: '{}', task, dueAt: at + 3_600_000 }, schedule)).state
}

function lab(onSet: () => Promise<unknown>) {
  const adapter = memoryAdapter()
  const clock = createVirtualClock()
  const errors: Error[] = []
  const open = (of: Adapter): Queue<number> =>
    createBroker(of, { clock, logger: silentLogger, onError: (error) => errors.push(error) }).queue(work)
  return { adapter, clock, errors, knowing: open(adapter), stale: open(interrupted(adapter, onSet)) }
}

it('a schedule that is set while the queue is divided is where others find it, also when the former are gone', async () => {
  let divides = true
  const { clock, errors, knowing, stale } = lab(async () => {
    if (divides) await knowing.repartition(7, { preview: true })
    divides = false
  })
  await knowing.stats()
  const ended = upsert(stale, 'daily').catch((error: Error) => error.message)
  await clock.advance(180_000)
  expect(await ended).toBe('set')
  expect(await knowing.repartition(7, { preview: true })).toEqual({ partitions: 7, former: [] })
  for (const queue of [knowing, stale]) {
    expect((await queue.schedules.read('daily')).schedule?.name).toBe('daily')
    expect((await queue.stats()).schedules?.count).toBe(1)
  }
  await clock.advance(3_600_000)
  expect((await knowing.schedules.due(10)).schedules.map(({ name }) => name)).toEqual(['daily'])
  expect(errors).toEqual([])
})

it('a schedule that is there stays in its former partition until it is removed, and is set anew in a new one', async () => {
  let isRemoved = false
  const { knowing, stale } = lab(async () => {
    if (isRemoved) await knowing.schedules.remove('daily')
    isRemoved = false
  })
  expect(await upsert(stale, 'daily')).toBe('set')
  await knowing.repartition(7, { preview: true })
  expect(await upsert(stale, 'daily')).toBe('set')
  isRemoved = true
  expect(await upsert(stale, 'daily')).toBe('stale')
  expect(await upsert(stale, 'daily')).toBe('set')
  expect((await knowing.schedules.read('daily')).schedule?.name).toBe('daily')
})

it('of a name there is one, also where whoever divided it ended before anything was sealed', async () => {
  let divides = true
  const { adapter, clock, errors, knowing, stale } = lab(async () => {
    if (!divides) return
    divides = false
    const storage = adapter.open({ clock, logger: silentLogger, onError: () => undefined })
    const layout = (await storage.widths!.of('work'))!
    const [{ of, made }] = layout.generations
    const fresh = { of: 7, from: of, made: made + 1 }
    await storage.widths!.change('work', layout, {
      revision: made + 1,
      generations: [fresh, ...layout.generations],
      was: [of],
    })
    expect(await upsert(knowing, 'daily')).toBe('set')
  })
  await knowing.stats()
  const ended = upsert(stale, 'daily').catch((error: Error) => error.message)
  await clock.advance(60_000)
  expect(await ended).not.toBe('set')
  expect((await knowing.stats()).schedules?.count).toBe(1)
  expect(errors).toEqual([])
})

it('is not stored where the partition is sealed and nobody knows of a change', async () => {
  const { adapter, clock, knowing } = lab(() => Promise.resolve())
  await knowing.stats()
  const environment = { clock, logger: silentLogger, onError: () => undefined }
  const storage = adapter.open(environment)
  const [{ made }] = (await storage.widths!.of('work'))!.generations
  for (const index of [0, 1]) {
    await storage.queue('work', { partition: { index, of: 2, made, place: index } }).apply({ kind: 'retire' })
  }
  const ended = upsert(knowing, 'daily').catch((error: unknown) => error)
  await clock.advance(60_000)
  expect(await ended).toMatchObject({ code: 'unavailable', details: { sent: false } })
  expect((await knowing.schedules.read('daily')).schedule).toBeUndefined()
})
