// Options that exclude each other, and what is no option at all.
import { bury, createBroker, defineQueue, retry, silentLogger } from '@mq/core'
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
    'an id and a key to dedupe by': [
      () => broker.queue('q').enqueue(1, { id: 'a', dedupe: { key: 'k', windowMs: 1 } }),
      'id and dedupe',
    ],
    'dead letters by ids and by reason': [
      () => broker.queue('q').dead.discard({ ids: [], reason: 'x' } as never),
      'reason',
    ],
    'dead letters from a time after their last': [
      () => broker.queue('q').dead.list({ diedFrom: 2, diedTo: 1 }),
      'diedFrom',
    ],
    'a task that expires before it is due': [
      () => broker.queue('q').enqueue(1, { delayMs: 100, expiresInMs: 100 }),
      'expiresInMs',
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
    'a bad name': [() => broker.queue('a b'), "queue's name"],
    'no handler': [() => broker.queue('q').process(undefined as never), 'process takes a handler'],
    'no subscriber': [() => broker.channel('c').subscribe(5 as never), 'subscribe takes a handler'],
    'a task in place of a list': [() => broker.queue('q').enqueueAll({ payload: 1 } as never), 'takes an array'],
    'options that are a number': [() => broker.queue('q').enqueue(1, 5 as never), 'enqueue takes an object of options'],
    'a delay for retry': [() => retry(100 as never), 'retry takes an object of options'],
    'no reason for bury': [() => bury(undefined as never), 'bury takes a reason'],
    'a selection that is none': [() => broker.queue('q').dead.redrive('everything' as never), 'a selection of dead'],
    'an empty selection': [() => broker.queue('q').dead.discard({}), "say 'all'"],
    'a time that is none': [() => createVirtualClock({ startMs: -1 }), 'startMs'],
  }
  it.each(Object.entries(wrong))('is refused: %s', (_what, [call, named]) => expectTypeError(() => call(broker), named))

  it('and nothing was stored, nobody works, and the broker is still open', async () => {
    expect(await broker.queue('q').stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    const task = await broker.queue('q').enqueue('still here')
    expect(await task.status()).toEqual({ state: 'waiting' })
  })
})
