// Every option of what a program sets up, given wrongly in every way: a TypeError that names it, before anything happened.
import { createBroker, defineChannel, defineQueue, silentLogger } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { afterAll, describe, it } from 'vitest'
import { expectTypeError } from './expect-type-error.ts'
import {
  NO_BOOLEANS,
  NO_FUNCTIONS,
  NO_NUMBERS,
  NO_OBJECTS,
  NO_SCHEMAS,
  NO_SIGNALS,
  TIMER_MS,
  YEAR_MS,
  at,
  outside,
  show,
} from './wrong-values.ts'

const broker = createBroker(memoryAdapter(), { logger: silentLogger })
afterAll(() => broker.close())

type Call = (options: Record<string, unknown>) => unknown

/** For each call: its name in messages, the call, and wrong values for each option (as a path, `a.b` inside `{ a: { b } }`). */
const calls: readonly [string, Call, Record<string, readonly unknown[]>][] = [
  [
    'defineQueue',
    (options) => defineQueue({ name: 'q', ...options } as never),
    {
      name: [5, '', 'a b', 'a:b', '{a}', 'x'.repeat(129), undefined],
      payload: NO_SCHEMAS,
      result: NO_SCHEMAS,
      attempts: outside(1, 1_000),
      backoff: NO_OBJECTS,
      'backoff.kind': ['linear', 5, {}],
      'backoff.baseMs': outside(0, YEAR_MS),
      'backoff.maxMs': outside(1, YEAR_MS),
      'backoff.factor': [...NO_NUMBERS, 0.5, 1_001],
      'backoff.jitter': [...NO_NUMBERS, -0.1, 1.1],
      retryIf: NO_FUNCTIONS,
      timeoutMs: outside(1, TIMER_MS),
      keep: [5, [], null, { results: true }, { letters: {} }],
      'keep.dead': [5, false, { maxWeight: 1 }],
      capacity: NO_OBJECTS,
      'capacity.size': [...outside(1), undefined],
      'capacity.whenFull': ['drop', 5, {}],
      maxPayloadBytes: outside(1, 1_048_576),
    },
  ],
  [
    'keep.dead',
    (limits) => defineQueue({ name: 'q', keep: { dead: limits, results: limits } }),
    { maxAgeMs: outside(1), maxCount: outside(1), maxBytes: outside(1) },
  ],
  [
    'defineChannel',
    (options) => defineChannel({ name: 'c', ...options } as never),
    {
      name: [5, '', 'a b', undefined],
      message: NO_SCHEMAS,
      history: NO_OBJECTS,
      'history.maxAgeMs': outside(1),
      'history.maxCount': outside(1),
      'history.maxBytes': outside(1),
    },
  ],
  [
    'createBroker',
    (options) => createBroker(memoryAdapter(), options),
    {
      logger: [5, 'x', {}, { info: () => undefined }],
      onError: NO_FUNCTIONS,
      clock: [5, {}, { now: () => 0 }],
      middleware: [5, {}, [5], [() => undefined, 'x']],
      headers: [5, {}, { a: 'b' }],
      operationTimeoutMs: outside(1, TIMER_MS),
    },
  ],
  [
    'createTestBroker',
    (options) => createTestBroker(memoryAdapter(), options),
    { clock: [5, {}], operationTimeoutMs: outside(1, TIMER_MS) },
  ],
  ['ready', (options) => broker.ready(options), { signal: NO_SIGNALS, timeoutMs: outside(0, TIMER_MS) }],
  ['close', (options) => broker.close(options), { deadlineMs: outside(0, TIMER_MS) }],
  [
    'a worker',
    (options) => broker.queue('q').process(() => 1, options),
    {
      concurrency: outside(1, 10_000),
      leaseMs: outside(1_000, 3_600_000),
      prefetch: NO_BOOLEANS,
      middleware: [5, {}, [5], [() => 5]],
      signal: NO_SIGNALS,
    },
  ],
  [
    'close',
    (options) =>
      broker
        .queue('closing')
        .process(() => 1)
        .close(options),
    { deadlineMs: outside(0, TIMER_MS) },
  ],
]

describe.each(calls)('%s', (name, call, options) => {
  it.each(
    Object.entries(options).flatMap(([path, wrong]) => wrong.map((value) => [path, show(value), value] as const)),
  )('refuses %s: %s', (path, _shown, value) => expectTypeError(() => call(at(path, value)), path.split('.').at(-1)!))

  it('refuses an option that it does not know', () =>
    expectTypeError(() => call({ unheardOf: 1 }), `${name} has no option "unheardOf"`))
})
