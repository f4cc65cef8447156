// Options of what a program sets up that throw when they are touched: a TypeError of ours, and never what they threw.
import { createBroker, defineChannel, definePattern, defineQueue, silentLogger } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { afterAll, describe, expect, it } from 'vitest'
import { hostileOptions, SECRET, thrownBy } from './hostile-options.ts'

const broker = createBroker(memoryAdapter(), { logger: silentLogger })
afterAll(() => broker.close())
const queue = broker.queue('q')
const kept = broker.channel(defineChannel({ name: 'kept', history: { maxCount: 10 } }))
const nothing = (): void => undefined

type Call = (given: never) => unknown

const calls: Record<string, [Call, readonly string[]]> = {
  defineQueue: [defineQueue, ['name', 'payload', 'attempts', 'backoff', 'keep', 'capacity']],
  'a schema': [(payload) => defineQueue({ name: 'q', payload }), ['~standard']],
  backoff: [(backoff) => defineQueue({ name: 'q', backoff }), ['kind', 'baseMs']],
  capacity: [(capacity) => defineQueue({ name: 'q', capacity }), ['size', 'whenFull']],
  keep: [(keep) => defineQueue({ name: 'q', keep }), ['dead', 'results']],
  'keep.dead': [(dead) => defineQueue({ name: 'q', keep: { dead } }), ['maxAgeMs']],
  defineChannel: [defineChannel, ['name', 'history', 'sharded']],
  history: [(history) => defineChannel({ name: 'c', history }), ['maxCount', 'groupExpiresMs']],
  definePattern: [definePattern, ['pattern', 'message']],
  createBroker: [(given) => createBroker(memoryAdapter(), given), ['logger', 'onError', 'clock', 'middleware']],
  'an adapter': [createBroker, ['open']],
  logger: [(logger) => createBroker(memoryAdapter(), { logger }), ['debug', 'error']],
  clock: [(clock) => createBroker(memoryAdapter(), { clock }), ['now', 'schedule']],
  createTestBroker: [(given) => createTestBroker(memoryAdapter(), given), ['clock', 'onError']],
  'drain of a test broker': [(given) => createTestBroker(memoryAdapter()).drain(given), ['timeoutMs']],
  'a queue in place of its definition': [(given) => broker.queue(given), ['backoff', 'name']],
  'a channel in place of its definition': [(given) => broker.channel(given), ['sharded', 'name']],
  'a pattern in place of its definition': [(given) => broker.pattern(given), ['pattern']],
  ready: [(given) => broker.ready(given), ['signal', 'timeoutMs']],
  close: [(given) => broker.close(given), ['deadlineMs']],
  process: [(given) => queue.process(nothing, given), ['concurrency', 'leaseMs', 'middleware', 'signal']],
  'ready of a worker': [(given) => queue.process(nothing).ready(given), ['signal', 'timeoutMs']],
  'close of a worker': [(given) => queue.process(nothing).close(given), ['deadlineMs']],
  subscribe: [(given) => kept.subscribe(nothing, given), ['onGap', 'onEnd', 'buffer', 'signal']],
  buffer: [(buffer) => kept.subscribe(nothing, { buffer }), ['size', 'whenFull']],
  messages: [async (given) => kept.messages(given)[Symbol.asyncIterator]().next(), ['onGap', 'buffer', 'signal']],
  'subscribe to a pattern': [(given) => broker.pattern('*').subscribe(nothing, given), ['onGap', 'signal']],
  'messages of a pattern': [
    async (given) => broker.pattern('*').messages(given)[Symbol.asyncIterator]().next(),
    ['onGap', 'signal'],
  ],
  consume: [(given) => kept.consume('g', nothing, given), ['from', 'attempts', 'onLost', 'concurrency', 'signal']],
  "a worker's signal": [(signal) => queue.process(nothing, { signal }), ['addEventListener', 'aborted']],
}

const lists: Record<string, [Call, readonly string[]]> = {
  middleware: [(middleware) => queue.process(nothing, { middleware }), ['0']],
}

describe.each([
  ...Object.entries(calls).map((each) => [...each, false] as const),
  ...Object.entries(lists).map((each) => [...each, true] as const),
])('%s', (_, [call, names], isList) => {
  it.each(hostileOptions(names, isList))('refuses %s', async (_how, given) => {
    const thrown = await thrownBy(() => call(given as never))
    expect(thrown).toBeInstanceOf(TypeError)
    expect(String(thrown)).not.toContain(SECRET)
    expect(String(thrown)).not.toMatch(/is not a function|cannot read properties|proxy that has been revoked/i)
  })
})
