// Every option, given wrongly in every way: a TypeError that names it, before anything happened.
import { bury, createBroker, defineChannel, defineQueue, retry, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { createTestBroker, createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { afterAll, describe, expect, it } from 'vitest'

const broker = createBroker(memoryAdapter(), { logger: silentLogger })
afterAll(() => broker.close())

type Call = (options: Record<string, unknown>) => unknown

const NO_NUMBERS = ['5', Number.NaN, {}, true, Number.POSITIVE_INFINITY]
/** For whole numbers from `least` to `most`. */
const outside = (least: number, most = Number.MAX_SAFE_INTEGER): unknown[] => [
  ...NO_NUMBERS,
  least + 0.5,
  least - 1,
  most + 1,
]
const NO_FUNCTIONS = [5, 'f', {}, true]
const NO_BOOLEANS = [0, 'true', {}]
const NO_OBJECTS = [5, 'x', [], true]
const NO_SIGNALS = [5, 'x', {}, new AbortController()]
const NO_SCHEMAS = [String, {}, 'string', { parse: () => 1 }]
const YEAR_MS = 31_536_000_000
const TIMER_MS = 2_147_483_647

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
      keepResults: NO_BOOLEANS,
      capacity: NO_OBJECTS,
      'capacity.size': [...outside(1), undefined],
      'capacity.whenFull': ['drop', 5, {}],
      maxPayloadBytes: outside(1, 1_048_576),
    },
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
    'enqueue',
    (options) => broker.queue('q').enqueue(1, options),
    {
      delayMs: outside(0, 315_360_000_000),
      priority: outside(0, 9),
      timeoutMs: outside(1, TIMER_MS),
      expiresInMs: outside(1),
      headers: [5, 'x', [], new Map(), Promise.resolve({}), { a: 1 }, { a: undefined }, { a: 'x'.repeat(9_000) }],
      signal: NO_SIGNALS,
    },
  ],
  ['enqueueAll', (options) => broker.queue('q').enqueueAll([{ payload: 1 }], options), { signal: NO_SIGNALS }],
  [
    'enqueue',
    (options) => broker.queue('q').enqueueAll([{ payload: 1 }, { payload: 2, ...options }]),
    { delayMs: outside(0), priority: outside(0, 9), headers: [5, { a: 1 }] },
  ],
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
  [
    'a wait',
    (options) => broker.queue('q').task('t').result(options),
    { signal: NO_SIGNALS, timeoutMs: outside(0, TIMER_MS) },
  ],
  [
    'a wait',
    (options) => broker.queue('q').task('t').outcome(options),
    { signal: NO_SIGNALS, timeoutMs: outside(0, TIMER_MS) },
  ],
  ['progress', (options) => broker.queue('q').task('t').progress(options), { signal: NO_SIGNALS }],
  ['cancel', (options) => broker.queue('q').task('t').cancel(options), { reason: [5, {}, 'x'.repeat(1_001)] }],
  ['retry', (options) => retry(options), { delayMs: [...NO_NUMBERS, -1], countsAsAttempt: NO_BOOLEANS }],
]

/** `5` at `a.b` becomes `{ a: { b: 5 } }`, with what else `a` needs. */
function at(path: string, value: unknown): Record<string, unknown> {
  const [option = '', inner] = path.split('.')
  return { [option]: inner === undefined ? value : { ...(option === 'capacity' && { size: 1 }), [inner]: value } }
}

function show(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || 'f'}`
  return (JSON.stringify(value) ?? String(value)).replace(/x{20,}/, 'xxx…')
}

async function refusal(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  return 'not refused'
}

async function expectTypeError(call: () => unknown, named: string): Promise<void> {
  const error = await refusal(call)
  expect(error).toBeInstanceOf(TypeError)
  // The library's own words, not those of the engine about its inside.
  expect((error as Error).message).toContain(named)
  expect((error as Error).message).not.toMatch(/is not a function|cannot read|undefined \(reading/i)
}

describe.each(calls)('%s', (name, call, options) => {
  it.each(
    Object.entries(options).flatMap(([path, wrong]) => wrong.map((value) => [path, show(value), value] as const)),
  )('refuses %s: %s', (path, _shown, value) => expectTypeError(() => call(at(path, value)), path.split('.').at(-1)!))

  it('refuses an option that it does not know', () =>
    expectTypeError(() => call({ unheardOf: 1 }), `${name} has no option "unheardOf"`))
})

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
    'a time that is none': [() => createVirtualClock({ startMs: -1 }), 'startMs'],
  }
  it.each(Object.entries(wrong))('is refused: %s', (_what, [call, named]) => expectTypeError(() => call(broker), named))

  it('and nothing was stored, nobody works, and the broker is still open', async () => {
    expect(await broker.queue('q').stats()).toEqual({
      waiting: 0,
      delayed: 0,
      running: 0,
      dead: 0,
      paused: false,
      displaced: 0,
    })
    const task = await broker.queue('q').enqueue('still here')
    expect(await task.status()).toEqual({ state: 'waiting' })
  })
})
