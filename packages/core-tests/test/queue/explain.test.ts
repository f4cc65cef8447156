import { defineQueue, silentLogger } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

const retried = defineQueue({ name: 'q', attempts: 3, backoff: { kind: 'fixed', baseMs: 1_000 } })

describe('explain', () => {
  it('does not call a task backing off that is due long since, when no worker is left', async () => {
    const { broker, clock } = brokerBench()
    const queue = broker.queue(retried)
    const worker = queue.process(() => {
      throw new Error('no')
    })
    const task = await queue.enqueue(1)
    await clock.advance(100)
    const closed = worker.close()
    await clock.advance(100)
    await closed
    expect((await queue.explain(task.id)).because).toBe('backing-off')
    await clock.advance(3_600_000)
    expect((await queue.explain(task.id)).because).toBe('no-worker')
  })

  it('invents no thousand tasks before one that has come due while all workers are busy', async () => {
    const { broker, clock } = brokerBench()
    const queue = broker.queue('q')
    queue.process(() => new Promise(() => undefined), { concurrency: 1, prefetch: false })
    await queue.enqueue('endless')
    const task = await queue.enqueue('later', { delayMs: 1_000 })
    await clock.advance(2_000)
    expect((await queue.explain(task.id)).because).toBe('workers-busy')
  })

  it('says that no worker is there, although the last one died with a task in its hands', async () => {
    const { broker, clock, adapter } = brokerBench()
    const queue = broker.queue('q')
    const crashed = adapter.open({ clock, logger: silentLogger, onError: () => undefined })
    await queue.enqueue('in its hands')
    const turn = { repeat: false, maxBytes: 1e6, leaseMs: 30_000, keepResults: true, awaitWork: false, settlements: [] }
    await crashed.queue('q').settleAndClaim({ ...turn, lane: 'x', seq: 1, want: 1 })
    await crashed.close()
    const task = await queue.enqueue('next')
    await clock.advance(3_600_000)
    expect((await queue.explain(task.id)).because).toBe('no-worker')
  })
})
