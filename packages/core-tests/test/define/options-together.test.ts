// Options that exclude each other, and what is no option at all.
import { createBroker, defineChannel, defineQueue, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { afterAll, describe, expect, it } from 'vitest'
import { expectTypeError } from './expect-type-error.ts'

const broker = createBroker(memoryAdapter(), { logger: silentLogger })
afterAll(() => broker.close())

describe('options that contradict each other', () => {
  const contradictions: Record<string, [() => unknown, string]> = {
    'a longest pause that is shorter than the first': [
      () => defineQueue({ name: 'q', backoff: { baseMs: 10, maxMs: 5 } }),
      'backoff.maxMs',
    ],
    'a fixed backoff that grows': [
      () => defineQueue({ name: 'q', backoff: { kind: 'fixed', factor: 2 } }),
      'backoff.factor',
    ],
    'a fixed backoff with a longest pause': [
      () => defineQueue({ name: 'q', backoff: { kind: 'fixed', baseMs: 1, maxMs: 5 } }),
      'backoff.maxMs',
    ],
  }
  it.each(Object.entries(contradictions))('are refused: %s', (_what, [call, named]) => expectTypeError(call, named))
})

describe('what is not even an object of options, a handler, or a definition', () => {
  const wrong: Record<string, [(broker: Broker) => unknown, string]> = {
    'no options for a queue': [() => defineQueue(undefined as never), 'defineQueue takes an object of options'],
    'a list of options': [() => defineQueue([] as never), 'defineQueue takes an object of options'],
    'no adapter': [() => createBroker(undefined as never), 'adapter must be'],
    'an adapter that was not called': [() => createBroker(memoryAdapter as never), 'adapter must be'],
    'options in place of a definition': [() => broker.queue({ name: 'q' } as never), 'what defineQueue returned'],
    'no definition': [() => broker.queue(undefined as never), 'broker.queue takes a name'],
    'no handler': [() => broker.queue('q').process(undefined as never), 'process takes a handler'],
    'no subscriber': [() => broker.channel('c').subscribe(5 as never), 'subscribe takes a handler'],
    'a time that is none': [() => createVirtualClock({ startMs: -1 }), 'startMs'],
  }
  it.each(Object.entries(wrong))('is refused: %s', (_what, [call, named]) => expectTypeError(() => call(broker), named))

  it('shows no source of a function, no [object Object], no text', async () => {
    const calls = [
      () => createBroker(memoryAdapter as never),
      () => createBroker({ connection: {} } as never),
      () => defineQueue('emails' as never),
      () => defineQueue({ name: 'q', payload: { to: 'string' } } as never),
      () => defineQueue({ name: 'q', payload: String } as never),
      () => defineQueue({ name: 'bull:emails' }),
      () => broker.queue({ name: 'q' } as never),
      () => broker.channel({ name: 'c' } as never),
    ]
    for (const call of calls) expect(call).toThrow(/^(?!.*(?:\[object|=>|function \w*\(|emails))/)
    expect(calls[0]).toThrow('not a function that makes one: call it')
  })

  it('and nothing was stored, nobody works, and the broker is still open', async () => {
    expect(await broker.queue('q').stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    const task = await broker.queue('q').enqueue('still here')
    expect(await task.status()).toEqual({ state: 'waiting' })
  })
})

describe('two definitions of one name in one broker', () => {
  it('are refused where they differ, which is said', () => {
    broker.queue(defineQueue({ name: 'twice', attempts: 2 }))
    const other = defineQueue({ name: 'twice', attempts: 3 })
    expect(() => broker.queue(other)).toThrow(/queue twice has two definitions .* differ in attempts/)
    broker.channel(defineChannel({ name: 'twice' }))
    const kept = defineChannel({ name: 'twice', history: { maxCount: 1 } })
    expect(() => broker.channel(kept)).toThrow(/channel twice has two definitions .* differ in history/)
  })

  it('are one where they say the same: a definition made for each request costs no further handle', () => {
    const define = () => defineQueue({ name: 'same', backoff: { baseMs: 5 }, capacity: { size: 3 } })
    expect(broker.queue(define())).toBe(broker.queue(define()))
  })

  it('are none of another broker’s business', async () => {
    const other = createBroker(memoryAdapter(), { logger: silentLogger })
    expect(other.queue(defineQueue({ name: 'twice', attempts: 4 })).name).toBe('twice')
    await other.close()
  })
})
