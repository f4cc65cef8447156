// What docs/bounds.md says of the lists and maps of a process, where no other test shows it.
import { createBroker, defineChannel, definePattern, defineQueue, silentLogger } from '@mq/core'
import type { Note, Settlement, Subscription } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { queryObjects } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { DedupeKeys } from '../src/dedupe-keys.ts'
import { HintPost } from '../src/hint-post.ts'
import { bench } from './bench.ts'
import { brokerBench, withChannel, withQueue } from './broker-bench.ts'

const nothing = (): void => undefined

describe('a broker', () => {
  it('has one handle of a queue, channel or pattern, however often its definition is made', () => {
    const { broker } = brokerBench()
    const handles = Array.from({ length: 100 }, () => [
      broker.queue(defineQueue({ name: 'q', attempts: 2 })),
      broker.channel(defineChannel({ name: 'c', history: { maxCount: 2 } })),
      broker.pattern(definePattern({ pattern: 'c.*' })),
      broker.queue('untyped'),
      broker.channel('untyped'),
      broker.pattern('untyped.*'),
    ])
    expect(new Set(handles.flat()).size).toBe(6)
  })
})

describe('the progress of a task', () => {
  it('that cannot be sent is only its newest', async () => {
    const sent: (readonly Note[])[] = []
    let answer = nothing
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, () => ({
        note: (notes) => {
          sent.push(notes)
          return new Promise((resolve) => (answer = () => resolve(notes.map(() => true))))
        },
      })),
    )
    const report: ((step: number) => void)[] = []
    const queue = broker.queue('tasks')
    const worker = queue.process(
      (_, { progress, signal }) => {
        report.push(progress)
        progress(0)
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      },
      { concurrency: 3 },
    )
    await queue.enqueueAll([1, 2, 3].map((payload) => ({ payload })))
    await expect.poll(() => [sent.length, report.length]).toEqual([1, 3])
    for (let step = 1; step <= 1_000; step++) for (const each of report) each(step)
    answer()
    await expect.poll(() => sent.length).toBe(2)
    expect(sent[1]!.map(({ body }) => body)).toEqual(['1000', '1000', '1000'])
    answer()
    const closing = worker.close({ deadlineMs: 0 })
    await clock.advance(10_000)
    await closing
    for (const each of report) each(1_001)
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toHaveLength(2)
  })
})

it('progress is refused when it is more than 64 KiB', async () => {
  const { broker } = brokerBench()
  const refusals: unknown[] = []
  broker.queue('tasks').process((_, { progress }) => {
    for (const length of [65_534, 65_535]) {
      try {
        progress('x'.repeat(length))
      } catch (thrown) {
        refusals.push([length, thrown])
      }
    }
  })
  await broker.queue('tasks').enqueue(1)
  await expect.poll(() => refusals).toMatchObject([[65_535, { code: 'payload-too-large' }]])
})

describe('who gave up', () => {
  it('waiting for room has no place in the line any more, and nobody tries for it', async () => {
    const { broker, timers } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', capacity: { size: 1, whenFull: 'wait' } }))
    await queue.enqueue(0)
    const gone = new AbortController()
    const waiting = Array.from({ length: 100 }, (_, i) => queue.enqueue(i, { signal: gone.signal }))
    await expect.poll(() => timers.size).toBeGreaterThan(0)
    gone.abort()
    await Promise.allSettled(waiting)
    await expect.poll(() => timers.size).toBe(0)
  })

  it('subscribing while nothing comes over the path is not kept until something does', async () => {
    class Handler {
      readonly call = (): void => void this
    }
    const { broker } = brokerBench((inner) =>
      withChannel(inner, (driver) => ({
        publish: (...given) => driver.publish(...given),
        group: (...given) => driver.group(...given),
        obliterate: (...given) => driver.obliterate(...given),
        subscribe: async (): Promise<Subscription> => ({ live: true, close: async () => undefined }),
        mark: () => driver.mark(),
      })),
    )
    for (let i = 0; i < 50; i++) {
      const gone = new AbortController()
      const subscribing = broker.channel('c').subscribe(new Handler().call, { signal: gone.signal })
      await new Promise((resolve) => setImmediate(resolve))
      gone.abort()
      await subscribing.catch(nothing)
    }
    expect(queryObjects(Handler)).toBeLessThan(5)
  })
})

/** What is in use once all garbage is collected. */
function megabytes(): number {
  queryObjects(Object)
  return process.memoryUsage().heapUsed / 1e6
}

describe('the memory of a queue', () => {
  it('is free again of all that went through, however it ended, once nothing is kept of it', async () => {
    const { queue, clock, turn } = bench()
    const names = Array.from({ length: 1_000 }, (_, i) => `own-${i}`)
    const fresh = names.map((id, i) => ({
      id,
      level: i % 10,
      delayMs: i % 7 === 0 ? 1_000 : 0,
      header: '',
      payload: '1',
    }))
    await queue.enqueue({ lane: 'p', seq: 1, atomic: false, tasks: fresh })
    await clock.advance(2_000)
    for (let i = 0; i < 2; i++) {
      const { claimed } = await turn({ want: 400 })
      const settlements = claimed.map(({ lease }, k): Settlement => {
        if (k % 3 === 0) return { kind: 'retry', lease, delayMs: k % 2, charge: true }
        return k % 3 === 1 ? { kind: 'complete', lease, result: '1' } : { kind: 'bury', lease, reason: 'r', detail: '' }
      })
      await turn({ settlements })
    }
    await queue.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 1_000 })
    await queue.apply({ kind: 'purge', state: 'delayed', reason: '', limit: 1_000 })
    await clock.advance(15 * 86_400_000)
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    expect(new Set((await queue.read(names.map((id) => ({ id })))).map(({ state }) => state))).toEqual(
      new Set(['unknown']),
    )
  })

  it('holds one window of a deduplication, however often it is replaced before its end', () => {
    const keys = new DedupeKeys()
    const add = (count: number): void => {
      for (let n = 0; n < count; n++) keys.add({ key: 'k', windowMs: 3_600_000 }, n, n)
    }
    add(1_000)
    const before = megabytes()
    add(100_000)
    expect(megabytes() - before).toBeLessThan(1.5)
    expect(keys.find('k', 0)).toBe(99_999)
  })
})

describe('a worker', () => {
  it('holds 1,000 tasks ahead of its slots at the most, and asks for no more in one turn, however quick its handlers are', async () => {
    const wants: number[] = []
    let held = 0
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          wants.push(turn.want)
          const reply = await driver.settleAndClaim(turn)
          held = Math.max(held, (await driver.stats()).running)
          return reply
        },
      })),
    )
    const queue = broker.queue('tasks')
    for (let i = 0; i < 20; i++) await queue.enqueueAll(Array.from({ length: 1_000 }, () => ({ payload: 1 })))
    let done = 0
    let most = 0
    const worker = queue.process(
      () => {
        done++
        most = Math.max(most, worker.stats().buffered)
      },
      { concurrency: 50 },
    )
    await expect.poll(() => done, { timeout: 20_000 }).toBe(20_000)
    expect(Math.max(...wants)).toBeGreaterThan(500)
    expect(Math.max(...wants)).toBeLessThanOrEqual(1_000)
    expect(most).toBeLessThanOrEqual(1_050)
    expect(held).toBeLessThanOrEqual(2 * 1_000 + 50)
    const closing = worker.close()
    await clock.advance(10_000)
    await closing
  })
})

describe('a broker that closed', () => {
  it('is in no list of the storage, whatever it waited for', async () => {
    const adapter = memoryAdapter()
    const keeper = createBroker(adapter, { logger: silentLogger })
    const definition = defineQueue({ name: 'q', capacity: { size: 1, whenFull: 'wait' } })
    const kept = defineChannel({ name: 'c', history: { maxCount: 10 } })
    const task = await keeper.queue(definition).enqueue(0)
    await keeper.queue(definition).pause()
    const before = queryObjects(HintPost) as number
    for (let i = 0; i < 20; i++) {
      const broker = createBroker(adapter, { logger: silentLogger })
      const queue = broker.queue(definition)
      queue.process(nothing)
      const waiting = [queue.enqueue(i), queue.task(task.id).result()]
      await broker.channel(kept).consume('audit', nothing)
      await broker.channel(kept).subscribe(nothing)
      await broker.pattern('*.c').subscribe(nothing)
      await new Promise((resolve) => setImmediate(resolve))
      await broker.close({ deadlineMs: 0 })
      await Promise.allSettled(waiting)
    }
    expect(queryObjects(HintPost)).toBeLessThan(before + 4)
    await keeper.close()
  })
})
