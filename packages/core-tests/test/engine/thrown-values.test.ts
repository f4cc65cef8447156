import { defineQueue } from '@mq/core'
import type { StandardSchema } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench, fate } from '../broker-bench.ts'

const ODD: [string, () => unknown][] = [
  ['an object without a prototype', () => Object.create(null)],
  ['an error whose message is a number', () => Object.assign(new Error(), { message: 42 })],
  ['an error whose stack is null', () => Object.assign(new Error('x'), { stack: null })],
]

/** Throws what `make` makes once `on` is set, for the value `bad`. */
function throwing(make: () => unknown): { schema: StandardSchema<unknown, unknown>; on: boolean } {
  const state = {
    on: false,
    schema: {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate(value: unknown) {
          if (state.on && value === 'bad') throw make()
          return { value }
        },
      },
    } as StandardSchema<unknown, unknown>,
  }
  return state
}

describe.each(ODD)('%s', (_, make) => {
  it.each(['async', 'sync'])('thrown by a handler (%s) fails its attempt', async (mode) => {
    const { broker, clock, errors } = brokerBench()
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 1 }))
    const task = await queue.enqueue(1)
    const next = await queue.enqueue(2)
    const fail = (value: unknown): unknown => {
      if (value === 1) throw make()
      return value
    }
    const worker = queue.process(mode === 'async' ? async (value) => fail(value) : fail, { concurrency: 1 })
    await clock.advance(1_000)
    const message = expect.any(String)
    const dead = { state: 'dead', reason: 'attempts-exhausted', error: { message } }
    expect(await fate(task.outcome())).toMatchObject({ value: dead })
    expect(await fate(next.result())).toEqual({ value: 2 })
    expect(worker.stats()).toMatchObject({ running: 0, failed: 1, completed: 1 })
    expect(errors).toEqual([expect.any(Error)])
  })

  it('thrown by the schema of the payload ends that task, and the worker goes on', async () => {
    const { broker, clock } = brokerBench()
    const bad = throwing(make)
    const queue = broker.queue(defineQueue({ name: 'q', payload: bad.schema }))
    const task = await queue.enqueue('bad')
    for (let i = 0; i < 5; i++) await queue.enqueue('good')
    bad.on = true
    const worker = queue.process(async () => 1)
    await clock.advance(3_000)
    expect(await fate(task.outcome())).toMatchObject({ value: { state: 'dead', reason: 'invalid-payload' } })
    expect(worker.stats()).toMatchObject({ running: 0, buffered: 0, completed: 5 })
  })

  it('thrown by the schema of the result ends that task, and the worker goes on', async () => {
    const { broker, clock } = brokerBench()
    const bad = throwing(make)
    bad.on = true
    const queue = broker.queue(defineQueue({ name: 'q', result: bad.schema }))
    const task = await queue.enqueue('bad')
    const good = await queue.enqueue('good')
    const worker = queue.process(async (value) => value)
    await clock.advance(3_000)
    expect(await fate(task.outcome())).toMatchObject({ value: { state: 'dead', reason: 'invalid-result' } })
    expect(await fate(good.result())).toEqual({ value: 'good' })
    expect(worker.stats()).toMatchObject({ running: 0, buffered: 0, completed: 1 })
  })
})
