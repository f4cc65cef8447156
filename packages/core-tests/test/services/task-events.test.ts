// What happens to tasks, on Node's diagnostics_channel.
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { bury, defineQueue, retry } from '@mq/core'
import type { Context, EnqueueEvent, RunEvent } from '@mq/core'
import { afterEach, describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

const QUEUE = defineQueue({ name: 'q', attempts: 2, backoff: { baseMs: 1_000 } })
const ends: (() => void)[] = []

afterEach(() => ends.splice(0).forEach((end) => end()))

/** Copies, as the event is at that moment. */
function heard<Event>(name: string): Event[] {
  const events: Event[] = []
  const listener = (event: unknown): void => void events.push({ ...(event as Event) })
  subscribe(name, listener)
  ends.push(() => unsubscribe(name, listener))
  return events
}

async function process(handler: (payload: unknown, context: Context) => unknown, then?: () => Promise<void>) {
  const bench = brokerBench()
  const queue = bench.broker.queue(QUEUE)
  const enqueued = heard<EnqueueEvent>('mq:enqueue')
  const started = heard<RunEvent>('mq:run:start')
  const ended = heard<RunEvent>('mq:run:end')
  await queue.enqueue('a', { id: 'a', headers: { trace: '1' } })
  const worker = queue.process(handler, { concurrency: 5 })
  await bench.clock.advance(100)
  await then?.()
  await bench.clock.advance(5_000)
  return { ...bench, queue, worker, enqueued, started, ended }
}

describe('events of tasks', () => {
  it('say what was enqueued, and what was there already', async () => {
    const { queue, enqueued, broker } = await process(() => undefined)
    const [task] = await queue.enqueueAll([{ payload: 'b' }])
    await queue.enqueue('a', { id: 'a' })
    expect(enqueued).toEqual([
      { queue: 'q', id: 'a', existing: false, headers: { trace: '1' } },
      { queue: 'q', id: task!.id, existing: false, headers: undefined },
      { queue: 'q', id: 'a', existing: true, headers: undefined },
    ])
    await broker.close()
  })

  it.each<[string, () => unknown, Partial<RunEvent>[]]>([
    ['completes', () => 'done', [{ outcome: 'completed' }]],
    ['throws', () => Promise.reject(new Error('no')), [{ outcome: 'retried' }, { outcome: 'dead', attempt: 2 }]],
    ['asks for a retry', () => retry({ delayMs: 60_000 }), [{ outcome: 'retried' }]],
    ['buries', () => bury('never'), [{ outcome: 'dead' }]],
  ])('report a handler that %s', async (_what, handler, expected) => {
    const { ended, started, broker } = await process(handler)
    const of = ({ attempt = 1 }: Partial<RunEvent>): Partial<RunEvent> => {
      // How long a later attempt waited is not known.
      const waitedMs = attempt === 1 ? (expect.any(Number) as number) : undefined
      return { queue: 'q', id: 'a', headers: { trace: '1' }, waitedMs, attempt }
    }
    expect(ended).toMatchObject(expected.map((event) => ({ ...of(event), tookMs: 0, ...event })))
    expect(started).toMatchObject(expected.map(of))
    expect(started.map(({ outcome }) => outcome)).toEqual(expected.map(() => undefined))
    await broker.close()
  })

  it('say how long a task waited since it was due, and not of one that was promoted', async () => {
    const { clock, broker } = brokerBench()
    const queue = broker.queue(QUEUE)
    const ended = heard<RunEvent>('mq:run:end')
    await queue.enqueueAll([
      { payload: 1, id: 'delayed', delayMs: 60_000 },
      { payload: 1, id: 'promoted', delayMs: 600_000 },
    ])
    await queue.enqueue(1, { id: 'at-once' })
    await clock.advance(61_000)
    await queue.task('promoted').promote()
    queue.process(() => undefined)
    await clock.advance(1_000)
    const waits = Object.fromEntries(ended.map(({ id, waitedMs }) => [id, waitedMs && Math.round(waitedMs / 1_000)]))
    expect(waits).toEqual({ delayed: 1, promoted: undefined, 'at-once': 61 })
    await clock.advance(20_000)
    const { recent } = await queue.stats()
    expect(recent?.waitMs?.p50).toBeGreaterThan(900)
    expect(recent?.waitMs?.p50).toBeLessThan(1_200)
    await broker.close()
  })

  it('carry what a handler failed with', async () => {
    const { ended, broker } = await process(() => Promise.reject(new Error('no')))
    expect(ended.map(({ error }) => error?.message)).toEqual(['no', 'no'])
    await broker.close()
  })

  it('give the end the object of its start', async () => {
    const at = new Map<object, number>()
    const listener = (event: unknown): void => void at.set(event as object, (at.get(event as object) ?? 0) + 1)
    for (const name of ['mq:run:start', 'mq:run:end']) {
      subscribe(name, listener)
      ends.push(() => unsubscribe(name, listener))
    }
    const { broker } = await process(() => undefined)
    expect([...at.values()]).toEqual([2])
    await broker.close()
  })

  it('say that a run was cancelled, or took too long', async () => {
    const never = (): Promise<never> => new Promise(() => undefined)
    const bench = brokerBench()
    const queue = bench.broker.queue(QUEUE)
    const ended = heard<RunEvent>('mq:run:end')
    const task = await queue.enqueue('a', { id: 'a' })
    await queue.enqueue('b', { id: 'b', timeoutMs: 500 })
    queue.process(never, { concurrency: 5 })
    await bench.clock.advance(100)
    await task.cancel({ reason: 'not wanted' })
    await bench.clock.advance(600)
    expect(ended.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['a', 'cancelled'],
      ['b', 'retried'],
    ])
    const closing = bench.broker.close({ deadlineMs: 0 })
    await bench.clock.advance(10_000)
    await closing
  })

  it('report a task that ends without being run', async () => {
    const bench = brokerBench()
    const queue = bench.broker.queue(QUEUE)
    const ended = heard<RunEvent>('mq:run:end')
    await queue.enqueue('a', { id: 'a', expiresInMs: 10 })
    await bench.clock.advance(100)
    queue.process(() => undefined)
    await bench.clock.advance(100)
    expect(ended).toMatchObject([{ id: 'a', outcome: 'expired' }])
    expect(ended[0]).not.toHaveProperty('tookMs')
    await bench.broker.close()
  })

  it('run the handler inside the stores that are bound to its start', async () => {
    const store = new AsyncLocalStorage<string>()
    const start = channel('mq:run:start')
    start.bindStore(store, (event) => (event as RunEvent).headers?.['trace'] ?? 'none')
    ends.push(() => start.unbindStore(store))
    const seen: (string | undefined)[] = []
    const { broker } = await process(async () => {
      seen.push(store.getStore())
      await Promise.resolve()
      seen.push(store.getStore())
    })
    expect(seen).toEqual(['1', '1'])
    expect(store.getStore()).toBeUndefined()
    await broker.close()
  })

  it('are not made where nobody listens', async () => {
    const bench = brokerBench()
    const queue = bench.broker.queue(QUEUE)
    const started = heard<RunEvent>('mq:run:start')
    ends.splice(0).forEach((end) => end())
    await queue.enqueue('a')
    const worker = queue.process(() => undefined)
    await bench.clock.advance(100)
    expect(worker.stats().completed).toBe(1)
    expect(started).toEqual([])
    await bench.broker.close()
  })
})
