// Node calls the listeners of a signal, and what one throws is an uncaught exception of the process: nothing of ours ends by it.
import { defineQueue } from '@mq/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

const uncaught: unknown[] = []
let before: NodeJS.UncaughtExceptionListener[]
const note = (thrown: unknown): void => void uncaught.push(thrown)

beforeEach(() => {
  before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', note)
})
afterEach(() => {
  process.off('uncaughtException', note)
  for (const listener of before) process.on('uncaughtException', listener)
  uncaught.length = 0
})

const listeners: readonly [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('in a listener')
    },
  ],
  ['rejects', async () => Promise.reject(new Error('in a listener'))],
]

describe.each(listeners)("a listener of a handler's signal that %s", (_, listener) => {
  it('is an uncaught exception; the task is settled, the slot is free, and the worker goes on and closes', async () => {
    const { broker, clock, errors } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', timeoutMs: 100, attempts: 1 }))
    const worker = queue.process(
      async (payload, { signal }) => {
        if (payload === 'next') return 'done'
        signal.addEventListener('abort', listener)
        // Comes after the one that throws.
        return new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
      { concurrency: 1 },
    )
    const [slow, next] = await queue.enqueueAll([{ payload: 'slow' }, { payload: 'next' }])
    await clock.advance(1_000)
    expect(await slow!.outcome({ timeoutMs: 0 })).toMatchObject({ state: 'dead', error: { code: 'task-timeout' } })
    expect(await next!.outcome({ timeoutMs: 0 })).toMatchObject({ state: 'completed', result: 'done' })
    expect(uncaught).toMatchObject([{ message: 'in a listener' }])
    expect(errors.map(({ message }) => message)).not.toContain('in a listener')
    await Promise.all([worker.close({ deadlineMs: 1_000 }), clock.advance(5_000)])
    await Promise.all([broker.close(), clock.advance(5_000)])
  })

  it('of a signal of yours: who waits for it is answered all the same', async () => {
    const { broker } = brokerBench()
    const ending = new AbortController()
    ending.signal.addEventListener('abort', listener)
    const waits = [1, 2].map(async () => broker.queue('q').task('t').result({ signal: ending.signal }))
    ending.abort(new Error('enough'))
    for (const wait of waits) await expect(wait).rejects.toThrow('enough')
    await new Promise((resolve) => void setImmediate(resolve))
    expect(uncaught).toMatchObject([{ message: 'in a listener' }])
    await broker.close()
  })
})
