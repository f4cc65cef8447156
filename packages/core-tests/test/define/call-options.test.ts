// Every option of a call, given wrongly in every way: an MqError that names it and the kind of what was given, and nothing is done.
import { bury, createBroker, defineChannel, MqError, retry, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { afterAll, describe, expect, it } from 'vitest'
import { expectInvalidOptions } from './expect-invalid-options.ts'
import {
  NO_BOOLEANS,
  NO_FUNCTIONS,
  NO_NUMBERS,
  NO_SIGNALS,
  NO_TEXTS,
  TIMER_MS,
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
    'enqueue',
    (options) => broker.queue('q').enqueue(1, options),
    {
      delayMs: outside(0, 315_360_000_000),
      priority: outside(0, 9),
      timeoutMs: outside(1, TIMER_MS),
      expiresInMs: outside(1),
      attempts: outside(1, 1_000),
      backoff: [5, 'x', [], () => 1],
      headers: [5, 'x', [], new Map(), Promise.resolve({}), { a: 1 }, { a: undefined }, { a: 'x'.repeat(9_000) }],
      signal: NO_SIGNALS,
    },
  ],
  [
    'backoff',
    (backoff) => broker.queue('q').enqueue(1, { backoff }),
    {
      kind: ['linear', 5],
      baseMs: outside(0, 31_536_000_000),
      factor: [...NO_NUMBERS, 0.5, 1_001],
      maxMs: [...outside(0, 31_536_000_000), 999],
      jitter: [...NO_NUMBERS, -0.1, 1.1],
    },
  ],
  [
    'reschedule',
    (options) =>
      broker
        .queue('q')
        .task('t')
        .reschedule(options as never),
    { delayMs: outside(0, 315_360_000_000) },
  ],
  [
    'dedupe',
    (dedupe) => broker.queue('q').enqueue(1, { dedupe: { key: 'k', windowMs: 1, ...dedupe } }),
    { key: [5, '', 'x'.repeat(129), undefined], windowMs: [...outside(1), undefined] },
  ],
  [
    'purge',
    (options) => broker.queue('q').purge(options),
    { state: ['running', 5], reason: [5, 'x'.repeat(1_001)], signal: NO_SIGNALS },
  ],
  ['drain', (options) => broker.queue('q').drain(options), { signal: NO_SIGNALS, timeoutMs: outside(0, TIMER_MS) }],
  [
    'a filter of dead letters',
    (options) => broker.queue('q').dead.list(options),
    { reason: NO_TEXTS, error: NO_TEXTS, diedFrom: outside(0), diedTo: outside(0), limit: outside(1, 10_000) },
  ],
  [
    'redrive',
    (options) => broker.queue('q').dead.redrive('all', options),
    { dryRun: NO_BOOLEANS, edit: NO_FUNCTIONS, perSecond: [...NO_NUMBERS, 0], signal: NO_SIGNALS },
  ],
  ['discard', (options) => broker.queue('q').dead.discard('all', options), { dryRun: NO_BOOLEANS, signal: NO_SIGNALS }],
  ['enqueueAll', (options) => broker.queue('q').enqueueAll([{ payload: 1 }], options), { signal: NO_SIGNALS }],
  [
    'enqueue',
    (options) => broker.queue('q').enqueueAll([{ payload: 1 }, { payload: 2, ...options }]),
    { delayMs: outside(0), priority: outside(0, 9), headers: [5, { a: 1 }] },
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
  [
    'publish',
    (options) => broker.channel('c').publish(1, options),
    { headers: [5, 'x', [], new Map(), { a: 1 }, { a: 'x'.repeat(9_000) }] },
  ],
  [
    'an entry of publishAll',
    (options) => broker.channel('c').publishAll([{ message: 1 }, { message: 2, ...options }]),
    { headers: [5, { a: 1 }] },
  ],
  ['retry', (options) => retry(options), { delayMs: [...NO_NUMBERS, -1], countsAsAttempt: NO_BOOLEANS }],
]

describe.each(calls)('%s', (name, call, options) => {
  it.each(
    Object.entries(options).flatMap(([path, wrong]) => wrong.map((value) => [path, show(value), value] as const)),
  )('refuses %s: %s', (path, _shown, value) =>
    expectInvalidOptions(() => call(at(path, value)), path.split('.').at(-1)!),
  )

  it('refuses an option that it does not know', () =>
    expectInvalidOptions(() => call({ unheardOf: 1 }), `${name} has no option "unheardOf"`))
})

describe('what is not even an object of options, an entry, a text or a name', () => {
  const queue = broker.queue('q')
  const task = queue.task('t')
  const kept = broker.channel(defineChannel({ name: 'kept', history: { maxCount: 10 } }))
  const none = null as never
  const wrong: Record<string, [() => unknown, string]> = {
    'no options for enqueue': [() => queue.enqueue(1, none), 'enqueue takes an object of options, not null'],
    'a number for enqueue': [() => queue.enqueue(1, 5 as never), 'enqueue takes an object of options, not 5'],
    'no options for enqueueAll': [() => queue.enqueueAll([], none), 'enqueueAll takes an object'],
    'no dedupe': [() => queue.enqueue(1, { dedupe: none }), 'dedupe takes an object'],
    'no options for a wait': [() => task.result(none), 'a wait takes an object'],
    'no options for cancel': [() => task.cancel(none), 'cancel takes an object'],
    'no options for progress': [() => task.progress(none), 'progress takes an object'],
    'no options for drain': [() => queue.drain(none), 'drain takes an object'],
    'no options for purge': [() => queue.purge(none), 'purge takes an object'],
    'no options for redrive': [() => queue.dead.redrive('all', none), 'redrive takes an object'],
    'no options for publish': [() => broker.channel('c').publish(1, none), 'publish takes an object'],
    'a task in place of a list': [() => queue.enqueueAll({ payload: 1 } as never), 'must be an array'],
    'a message in place of a list': [() => kept.publishAll({ message: 1 } as never), 'must be an array'],
    'a payload in place of an entry': [
      () => queue.enqueueAll([{ to: 'a' }] as never),
      'entry 0: an entry is { payload',
    ],
    'a number in place of an entry': [() => queue.enqueueAll([{ payload: 1 }, 5] as never), 'entry 1: an entry is'],
    'no entry': [() => queue.enqueueAll([{ payload: 1 }, none]), 'entry 1: an entry is'],
    'a hole in place of an entry': [() => queue.enqueueAll(Array(1) as never), 'entry 0: an entry is'],
    'a message in place of its entry': [() => kept.publishAll([1] as never), 'entry 0: an entry is { message'],
    'no selection of dead letters': [() => queue.dead.redrive('everything' as never), "'all', ids or a filter"],
    'an empty selection': [() => queue.dead.discard({}), "say 'all'"],
    'an id in place of ids': [() => queue.dead.discard({ ids: 't' as never }), 'ids must be an array'],
    'a bad name of a queue': [() => broker.queue('a b'), "a queue's name must be"],
    'a bad name of a channel': [() => broker.channel('a:b'), "a channel's name must be"],
    'a bad name of a group': [() => kept.group(''), "a group's name must be"],
    'a bad pattern': [() => broker.pattern('a'), 'pattern'],
    'a bad place to go to': [() => kept.group('g').seek('now' as never), "seek is 'latest'"],
    'a bad place to begin': [() => kept.consume('g', () => undefined, { from: 5 as never }), "from is 'latest'"],
    'a delay for retry': [() => retry(100 as never), 'retry takes an object of options'],
    'no reason for bury': [() => bury(undefined as never), 'the reason of bury'],
    'an id and a key to dedupe by': [
      () => queue.enqueue(1, { id: 'a', dedupe: { key: 'k', windowMs: 1 } }),
      'id and dedupe',
    ],
    'another word than keep or replace': [() => queue.enqueue(1, { id: 'a', existing: 'drop' as never }), 'existing'],
    'something to replace, and no id': [() => queue.enqueue(1, { existing: 'replace' }), 'existing needs an id'],
    'dead letters by ids and by reason': [() => queue.dead.discard({ ids: [], reason: 'x' } as never), 'reason'],
    'dead letters from a time after their last': [() => queue.dead.list({ diedFrom: 2, diedTo: 1 }), 'diedFrom'],
    'a task that expires before it is due': [() => queue.enqueue(1, { delayMs: 100, expiresInMs: 100 }), 'expiresInMs'],
  }
  it.each(Object.entries(wrong))('is refused: %s', (_what, [call, named]) => expectInvalidOptions(call, named))

  it('and nothing was stored', async () => {
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    expect(await (await queue.enqueue('still here')).status()).toEqual({ state: 'waiting' })
  })
})

describe('a refusal', () => {
  it.each([
    [() => broker.queue('q').enqueueAll([{ payload: 1 }, { payload: Number.NaN }]), 'invalid-payload', 1],
    [() => broker.queue('q').enqueueAll([{ payload: 1, id: 'a/b' }]), 'invalid-id', 0],
    [() => broker.queue('q').enqueueAll([{ payload: 1 }, { payload: 2, priority: 10 }]), 'invalid-options', 1],
    [() => broker.channel('c').publishAll([{ message: 1 }, { message: new Map() }]), 'invalid-message', 1],
  ])('of a list says which entry it was: %s', async (call, code, index) => {
    const message = expect.stringMatching(`^entry ${index}: `)
    await expect(call()).rejects.toMatchObject({ code, message, details: { index } })
  })

  it.each([
    [{ delay: 5 }, 'delay is delayMs here'],
    [{ jobId: 'a' }, 'jobId is id here'],
    [{ timeout: 5 }, 'timeout is timeoutMs here'],
    [{ deduplication: { id: 'a' } }, 'deduplication is dedupe here'],
    [{ removeOnComplete: true }, 'removeOnComplete is keep here'],
    [{ constructor: 1 }, 'enqueue has no option "constructor"; it takes'],
  ])('of a word of another queue says what it is here: %j', (options, hint) =>
    expectInvalidOptions(() => broker.queue('q').enqueue(1, options as never), hint),
  )

  it('of a job’s name in front of its payload says that there is none', () =>
    expectInvalidOptions(() => broker.queue('q').enqueue('send', { to: 'x' } as never), 'a payload, then options'))

  it('never shows a text that it was given, since that may be secret', async () => {
    const secret = 'hunter2:secret'
    const calls = [
      () => broker.queue(secret),
      () => broker.pattern(secret),
      () => broker.queue('q').enqueue(1, { priority: secret } as never),
      () => broker.queue('q').enqueue(1, { headers: secret } as never),
      () => broker.queue('q').enqueue(1, { headers: { a: [secret] } } as never),
      () => broker.queue('q').enqueue(1, { id: secret + '/' }),
      () => broker.queue('q').enqueue(1, { dedupe: secret } as never),
      () => broker.queue('q').enqueueAll(secret as never),
      () => broker.queue('q').enqueueAll([secret] as never),
      () => broker.queue('q').purge({ state: secret } as never),
      () => broker.queue('q').dead.redrive(secret as never),
    ]
    for (const call of calls) {
      const error: unknown = await (async () => call())().catch((thrown: unknown) => thrown)
      expect(MqError.is(error)).toBe(true)
      expect(`${(error as Error).stack} ${JSON.stringify((error as MqError).details)}`).not.toContain('hunter2')
    }
  })
})
