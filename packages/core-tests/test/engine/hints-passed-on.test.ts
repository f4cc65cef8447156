import { createBroker, silentLogger } from '@mq/core'
import type { Worker } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, withoutGrants, withQueue } from '../broker-bench.ts'
import { makeSuspect } from './make-suspect.ts'

const MANY = 100

interface Beside {
  readonly withSuspect: boolean
  readonly withGrants: boolean
  /** What happens to the first of both workers before the tasks come. */
  readonly before?: (first: Worker) => unknown
}

/** How long each of many tasks waits that come one by one to two workers, each of which has one of two slots in a task without an end. */
async function waits({ withSuspect, withGrants, before }: Beside): Promise<number[]> {
  const bench = brokerBench((inner) => (withGrants ? inner : withoutGrants(inner)))
  const { broker, clock, pause } = bench
  const queue = broker.queue('q')
  if (withSuspect) {
    await queue.enqueue('suspect')
    await makeSuspect(bench)
  }
  const waited: number[] = []
  const handler = async (task: unknown): Promise<void> => {
    if (task === 'endless' || task === 'suspect') await new Promise(() => undefined)
    else if (task === 'long') await pause(300)
    else waited.push(clock.now() - Number(task))
  }
  const options = { concurrency: 2, prefetch: false }
  // Another process, which does not know of the suspect, or both could empty themselves at once.
  const adapter = withQueue(withGrants ? bench.adapter : withoutGrants(bench.adapter), (driver) => ({
    settleAndClaim: async (turn) => ({ ...(await driver.settleAndClaim(turn)), suspects: undefined }),
  }))
  const other = createBroker(adapter, { clock, logger: silentLogger })
  await queue.enqueueAll(['endless', 'long', 'endless'].map((payload) => ({ payload, priority: 9 })))
  const first = queue.process(handler, options)
  await clock.advance(100)
  other.queue('q').process(handler, options)
  await clock.advance(1_000)
  await before?.(first)
  for (let i = 0; i < MANY; i++) {
    await queue.enqueue(clock.now())
    await clock.advance(40)
    // Both sleep again.
    if (i % 10 === 0) await clock.advance(400)
  }
  await clock.advance(60_000)
  expect(waited).toHaveLength(MANY)
  return waited
}

describe.each([false, true])('a hint of work reaches a worker that claims (with its task: %s)', (withGrants) => {
  it.each([
    ['is quiet', (worker: Worker) => void worker.quiet()],
    ['closes', (worker: Worker) => void worker.close({ deadlineMs: 600_000 })],
  ])('where one that heard it %s', async (_, before) => {
    expect(Math.max(...(await waits({ withSuspect: false, withGrants, before })))).toBe(0)
  })

  it('where one that heard it empties itself for a suspect', async () => {
    expect(Math.max(...(await waits({ withSuspect: true, withGrants })))).toBe(0)
  })
})
