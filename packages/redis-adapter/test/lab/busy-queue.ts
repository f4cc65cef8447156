import { defineQueue } from '@mq/core'
import type { QueueStats } from '@mq/core'
import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import type { Lab } from './lab.ts'

export interface Place {
  readonly key: (part: string) => string
  /** A task that waits at level 4, with the payload "victim". */
  readonly n: string
  /** In ms, and now. */
  readonly serverNow: number
}

export interface Aftermath {
  /** The reasons of dead letters. */
  readonly dead: readonly string[]
  /** The payloads that were run to their end, less the good ones'. */
  readonly others: readonly unknown[]
  readonly stats: QueueStats
}

/**
 * Puts something into the keys of a queue with ten good tasks, and lets a worker loose on it. Every task fails once, so that
 * each is also given back. Asserts that all good tasks are done, those of later too, and that the storage refused nothing.
 */
export async function busyQueue(lab: Lab, put: (place: Place) => Promise<unknown>): Promise<Aftermath> {
  const name = lab.freshName()
  const definition = defineQueue({ name, backoff: { kind: 'fixed', baseMs: 1 } })
  const queue = (await lab.broker()).queue(definition)
  const add = async (from: number): Promise<unknown> =>
    queue.enqueueAll(Array.from({ length: 5 }, (_, i) => ({ payload: from + i })))
  await add(0)
  const { id } = await queue.enqueue('victim')
  await add(5)
  const [seconds = 0] = await lab.redis.time()
  await put({ key: (part) => `mq:{${name}}:${part}`, n: id.slice(1), serverNow: seconds * 1_000 })

  const done = new Set<unknown>()
  const worker = (await lab.broker()).queue(definition).process(
    (payload, { attempt }) => {
      if (attempt === 1 && payload !== 'garbage') throw new Error('the first time')
      done.add(payload)
    },
    { concurrency: 3, leaseMs: 1_000 },
  )
  const isDone = (count: number): boolean => Array.from({ length: count }, (_, i) => done.has(i)).every(Boolean)
  await eventually(() => isDone(10), 'an end of all good tasks')
  await add(10)
  await eventually(() => isDone(15), 'an end of later tasks as well')
  await eventually(() => worker.stats().running + worker.stats().buffered === 0, 'an end of all tasks')
  await worker.close()
  const isExpected = (error: Error): boolean =>
    !('code' in error) || error.code === 'invalid-payload' || error.code === 'foreign-entries-dropped'
  expect(lab.errors.filter((error) => !isExpected(error))).toEqual([])
  return {
    dead: (await queue.dead.list()).map(({ reason }) => reason),
    others: [...done].filter((payload) => typeof payload !== 'number'),
    stats: await queue.stats(),
  }
}
