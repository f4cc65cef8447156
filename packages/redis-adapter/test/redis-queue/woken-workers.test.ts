// Lost wake-ups, with the engine: on a clock that stands still nobody polls, so only a hint gets a task to a sleeping worker.
import { defineQueue } from '@mq/core'
import type { Handler, Queue, Worker, WorkerOptions } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const sleepers = (queue: string): Promise<number> => lab.redis.zcard(`mq:{${queue}}:idle`)

/** A worker in a process of its own, asleep, whose clock no longer moves. */
async function sleepingWorker(queue: string, handler: Handler, options: WorkerOptions = {}): Promise<Worker> {
  const clock = createVirtualClock()
  const broker = await lab.broker({ clock })
  const before = await sleepers(queue)
  const worker = broker.queue(queue).process(handler, options)
  await eventually(async () => {
    // It looks for the first time before it can hear; then it polls, until it is on the list.
    await clock.advance(100)
    return (await sleepers(queue)) > before
  }, 'a worker that sleeps')
  return worker
}

async function producer(queue: string): Promise<Queue> {
  return (await lab.broker()).queue(queue)
}

it('gives one task to each of ten workers in ten processes', async () => {
  const name = lab.freshName()
  const started = new Set<number>()
  let end = false
  for (let i = 0; i < 10; i++) {
    const handler = async (): Promise<void> => {
      started.add(i)
      await eventually(() => end, 'the end')
    }
    await sleepingWorker(name, handler, { concurrency: 1, prefetch: false })
  }
  const queue = await producer(name)
  await queue.enqueueAll(Array.from({ length: 10 }, (_, payload) => ({ payload })))
  await eventually(() => started.size === 10, 'ten workers at work')
  end = true
})

it('loses none of 2,000 tasks that arrive as the worker falls asleep', async () => {
  // In a prototype the hint overtook the empty reply of the claim in 3,442 of 4,998 cases.
  const name = lab.freshName()
  let done = 0
  const worker = await sleepingWorker(name, () => void done++)
  const queue = await producer(name)
  for (let i = 1; i <= 2_000; i++) {
    await queue.enqueue(i)
    // Sometimes it is at work, sometimes just done, sometimes asleep.
    if (i % 3 === 0) await eventually(() => done === i, `task ${i} done`)
    else if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await eventually(() => done === 2_000, 'all tasks done')
  expect(worker.stats()).toMatchObject({ completed: 2_000, stale: 0 })
})

it('passes on what a closing worker gives back', async () => {
  const name = lab.freshName()
  const queue = await producer(name)
  const leaving = queue.process(() => new Promise(() => undefined), { concurrency: 1, prefetch: false })
  await queue.enqueue('1')
  await eventually(() => leaving.stats().running === 1, 'the task at the first worker')
  const seen: unknown[] = []
  await sleepingWorker(name, (payload) => void seen.push(payload))
  await leaving.close({ deadlineMs: 0 })
  await eventually(() => seen.length === 1, 'the task at the second worker')
})

it('lets a bounded queue flow: whoever waits for room or for a result is told', async () => {
  const name = lab.freshName()
  const bounded = defineQueue({ name, capacity: { size: 5 } })
  await sleepingWorker(name, (payload) => payload)
  const clock = createVirtualClock()
  const queue = (await lab.broker({ clock })).queue(bounded)
  const results = Array.from({ length: 200 }, async (_, i) => (await queue.enqueue(i)).result())
  expect(await Promise.all(results)).toEqual(Array.from({ length: 200 }, (_, i) => i))
})
