import { defineQueue, limited } from '@mq/core'
import type { QueueLimits } from '@mq/core'
import { expect, it } from 'vitest'
import { lab } from './lab.ts'
import { SteppedProcesses } from './stepped-processes.ts'

const HOUR_MS = 3_600_000

const named = (partitions: number, limits?: QueueLimits) => defineQueue<number>({ name: 'work', partitions, limits })

it('a queue that is held is held in its new partitions', async () => {
  const { clock, open } = lab()
  const queue = open().queue(named(2))
  const ran: number[] = []
  queue.process((n) => {
    ran.push(n)
    return n === 0 ? limited({ forMs: 600_000, scope: 'queue' }) : undefined
  })
  await queue.enqueue(0)
  await clock.advance(2_000)
  await queue.repartition(5, { preview: true })
  for (let n = 1; n < 8; n++) await queue.enqueue(n)
  await clock.advance(60_000)
  expect(ran).toEqual([0])
})

it('limits that were set hold in the new partitions, and it is known who set them', async () => {
  const { clock, open } = lab()
  const queue = open().queue(named(2))
  const perKey = { concurrency: 2 }
  const { changed } = await queue.limits.set({ perKey }, { by: 'ann' })
  await queue.enqueue(0, { delayMs: HOUR_MS })
  await clock.advance(60_000)
  await queue.repartition(5, { preview: true })
  expect(await queue.limits.get()).toMatchObject({ limits: { perKey }, overridden: true, changed })
  await clock.advance(HOUR_MS)
  await queue.task('none').status()
  expect(await queue.limits.get()).toMatchObject({ limits: { perKey }, changed: { by: 'ann' } })
})

it('what runs is settled whatever the limits, and nothing is claimed that they cannot be shared out for', async () => {
  const processes = new SteppedProcesses()
  const queue = processes.open(0)
  const tasks = Array.from({ length: 4 }, () => ({ level: 4, delayMs: 0, header: '', payload: '1' }))
  await queue.enqueue({ lane: 'producer.0', seq: 1, atomic: false, tasks: tasks.slice(1) })
  const turn = { repeat: false, maxBytes: 1_000, leaseMs: HOUR_MS, keepResults: false, awaitWork: false }
  const { claimed } = await queue.settleAndClaim({ ...turn, lane: 'worker.0', seq: 1, settlements: [], want: 2 })
  expect(claimed).toHaveLength(2)
  await queue.divide(5)
  await queue.enqueue({ lane: 'producer.0', seq: 2, atomic: false, tasks: tasks.slice(3) })
  const limits = { concurrency: 10 }
  const settles = (lease: string) => [{ kind: 'complete', lease } as const]
  const ends = { ...turn, lane: 'worker.0', want: 5 }
  const limited = { ...ends, seq: 2, settlements: settles(claimed[0]!.lease), limits }
  expect(await queue.settleAndClaim(limited)).toMatchObject({ stale: [], claimed: [] })
  expect(await queue.settleAndClaim({ ...limited, repeat: true })).toMatchObject({ stale: [], claimed: [] })
  const claims = queue.settleAndClaim({ ...ends, seq: 3, settlements: [], limits })
  await expect(claims).rejects.toMatchObject({ code: 'unsupported' })
  const last = await queue.settleAndClaim({ ...ends, seq: 4, settlements: settles(claimed[1]!.lease) })
  expect(last).toMatchObject({ stale: [], claimed: [{}, {}] })
  expect((await queue.stats()).totals.completed).toBe(2)
})

it('a worker whose limits cannot be shared out yet says so once, and goes on by itself', async () => {
  const { clock, errors, open } = lab()
  const broker = open()
  const queue = broker.queue(named(2))
  const kept = await queue.enqueue(0, { delayMs: 24 * HOUR_MS })
  await queue.repartition(5, { preview: true })
  const ran: number[] = []
  open()
    .queue(named(5, { concurrency: 10 }))
    .process((n) => void ran.push(n))
  await queue.enqueue(1)
  await clock.advance(30_000)
  expect(ran).toEqual([])
  expect(errors).toMatchObject([{ code: 'unsupported' }])
  await kept.cancel()
  // What was cancelled is kept for an hour.
  await clock.advance(2 * HOUR_MS)
  expect(ran).toEqual([1])
  expect(errors).toHaveLength(1)
})
