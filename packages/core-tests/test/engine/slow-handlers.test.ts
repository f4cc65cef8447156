import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

describe('a handler that ignores its timeout', () => {
  it('does not block its worker for ever', async () => {
    const { broker, clock } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', timeoutMs: 100, attempts: 1 }))
    const ran: unknown[] = []
    const handler = (value: unknown): Promise<void> => {
      ran.push(value)
      return value === 'stuck' ? new Promise(() => undefined) : Promise.resolve()
    }
    const worker = queue.process(handler, { concurrency: 1 })
    await queue.enqueueAll(['stuck', 'next'].map((payload) => ({ payload })))
    await clock.advance(10_000)
    expect(ran).toEqual(['stuck', 'next'])
    expect(worker.stats()).toMatchObject({ running: 0, completed: 1, buried: 1 })
  })
})

describe('tasks that were claimed ahead of a slow one', () => {
  const QUICK = Array.from({ length: 20 }, () => 0)

  /** A worker that has learned that tasks are quick, and then meets one of `slowMs` with others behind it. */
  async function meetSlow(slowMs: number) {
    const { broker, adapter, clock, pause } = brokerBench()
    const queue = broker.queue('q')
    const ran: unknown[] = []
    const handler = async (value: unknown): Promise<void> => {
      ran.push(value)
      if (value === 'slow') await pause(slowMs)
    }
    await queue.enqueueAll(QUICK.map((payload) => ({ payload })))
    const worker = queue.process(handler, { concurrency: 1 })
    await clock.advance(100)
    const tasks = await queue.enqueueAll(['slow', 'a', 'b', 'c'].map((payload) => ({ payload })))
    await clock.advance(5)
    expect(worker.stats()).toMatchObject({ running: 1, buffered: 3 })
    return { ran: () => ran.slice(QUICK.length), queue, adapter, clock, worker, tasks }
  }

  it('are given back to those who have time for them', async () => {
    const { ran, adapter, clock } = await meetSlow(60_000)
    const elsewhere: unknown[] = []
    const other = createBroker(adapter, { clock, logger: silentLogger })
    other.queue('q').process(async (value) => void elsewhere.push(value))
    await clock.advance(3_000)
    expect(ran()).toEqual(['slow'])
    expect(elsewhere).toEqual(['a', 'b', 'c'])
  })

  it('are not run when they are cancelled before their turn comes', async () => {
    const { ran, clock, tasks, worker } = await meetSlow(50)
    expect(await tasks[2]!.cancel()).toBe('cancelled')
    await clock.advance(5_000)
    expect(ran()).toEqual(['slow', 'a', 'c'])
    expect(worker.stats()).toMatchObject({ stale: 0 })
  })
})

describe('tasks that arrive at a worker that has become quiet', () => {
  it('are given back, uncharged, and run elsewhere', async () => {
    const { broker, adapter, clock } = brokerBench((inner, time) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          const reply = await driver.settleAndClaim(turn)
          if (reply.claimed.length > 0) await new Promise<void>((resolve) => void time.schedule(resolve, 50))
          return reply
        },
      })),
    )
    const queue = broker.queue('q')
    const ran: string[] = []
    const handler =
      (where: string) =>
      async (_: unknown, { attempt }: { readonly attempt: number }): Promise<void> =>
        void ran.push(`${where}, attempt ${attempt}`)
    await queue.enqueue(1)
    const worker = queue.process(handler('here'))
    await clock.advance(20)
    const quiet = worker.quiet()
    await clock.advance(1_000)
    await quiet
    createBroker(adapter, { clock, logger: silentLogger }).queue('q').process(handler('elsewhere'))
    await clock.advance(1_000)
    expect(ran).toEqual(['elsewhere, attempt 1'])
  })
})
