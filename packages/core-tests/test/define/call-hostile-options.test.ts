// Options, entries, lists and signals that throw when they are touched: `invalid-options`, and never what they threw.
import { bury, createBroker, defineChannel, retry, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { afterAll, describe, expect, it } from 'vitest'
import { EVERY_TRAP, hostileOptions, readableOnce, SECRET, thrownBy } from './hostile-options.ts'

const broker = createBroker(memoryAdapter(), { logger: silentLogger })
afterAll(() => broker.close())
const queue = broker.queue('q')
const task = queue.task('t')
const kept = broker.channel(defineChannel({ name: 'kept', history: { maxCount: 10 } }))
const group = kept.group('g')

type Call = (given: never) => unknown

const options: Record<string, [Call, readonly string[]]> = {
  enqueue: [
    (given) => queue.enqueue(1, given),
    [
      ...['signal', 'id', 'delayMs', 'priority', 'timeoutMs', 'expiresInMs', 'headers', 'dedupe', 'existing'],
      ...['attempts', 'backoff'],
    ],
  ],
  backoff: [(backoff) => queue.enqueue(1, { backoff }), ['kind', 'baseMs', 'factor', 'maxMs', 'jitter']],
  reschedule: [(given) => task.reschedule(given), ['delayMs']],
  'enqueue of a text': [(given) => queue.enqueue('text', given), ['delayMs']],
  dedupe: [(dedupe) => queue.enqueue(1, { dedupe }), ['key', 'windowMs']],
  headers: [(headers) => queue.enqueue(1, { headers }), ['a']],
  enqueueAll: [(given) => queue.enqueueAll([{ payload: 1 }], given), ['signal']],
  'an entry of enqueueAll': [(entry) => queue.enqueueAll([entry]), ['payload', 'delayMs']],
  result: [(given) => task.result(given), ['signal', 'timeoutMs']],
  outcome: [(given) => task.outcome(given), ['signal', 'timeoutMs']],
  progress: [(given) => task.progress(given), ['signal']],
  cancel: [(given) => task.cancel(given), ['reason']],
  drain: [(given) => queue.drain(given), ['signal', 'timeoutMs']],
  purge: [(given) => queue.purge(given), ['state', 'reason', 'signal']],
  obliterate: [(given) => queue.obliterate(given), ['force']],
  'dead.list': [(given) => queue.dead.list(given), ['limit', 'reason']],
  'dead.redrive': [(given) => queue.dead.redrive('all', given), ['dryRun', 'edit']],
  'a selection': [(which) => queue.dead.redrive(which), ['ids', 'reason']],
  'dead.discard': [(given) => queue.dead.discard('all', given), ['dryRun']],
  publish: [(given) => kept.publish(1, given), ['headers']],
  'headers of a message': [(headers) => kept.publish(1, { headers }), ['a']],
  'an entry of publishAll': [(entry) => kept.publishAll([entry]), ['message', 'headers']],
  'obliterate of a channel': [(given) => kept.obliterate(given), ['force']],
  'where a group is set to': [(to) => group.seek(to), ['sinceMs', 'position']],
  'a position': [(position) => group.seek({ position }), ['epoch', 'n']],
  "a group's dead letters": [(given) => group.dead.list(given), ['limit', 'error']],
  "redrive of a group's": [(given) => group.dead.redrive('all', given), ['perSecond', 'signal']],
  retry: [(given) => retry(given), ['delayMs']],
  'a signal': [(signal) => queue.enqueue(1, { signal }), ['addEventListener', 'aborted']],
  "a wait's signal": [(signal) => task.result({ signal, timeoutMs: 0 }), ['addEventListener', 'aborted']],
}

const lists: Record<string, [Call, readonly string[]]> = {
  'entries of enqueueAll': [(entries) => queue.enqueueAll(entries), ['0']],
  'entries of publishAll': [(entries) => kept.publishAll(entries), ['0']],
  ids: [(ids) => queue.dead.discard({ ids }), ['0']],
}

const cases = [
  ...Object.entries(options).map((each) => [...each, false] as const),
  ...Object.entries(lists).map((each) => [...each, true] as const),
]

describe.each(cases)('%s', (_, [call, names], isList) => {
  it.each(hostileOptions(names, isList))('refuses %s', async (_how, given) => {
    const thrown = await thrownBy(() => call(given as never))
    expect(thrown).toMatchObject({ code: 'invalid-options', details: { option: expect.any(String) } })
    expect(String(thrown)).not.toContain(SECRET)
  })
})

it('a text is no Proxy', async () => {
  expect(await thrownBy(() => bury(new Proxy({}, EVERY_TRAP) as never))).toMatchObject({ code: 'invalid-options' })
})

it.each([
  ['enqueue', (given: never) => queue.enqueue(1, given), { delayMs: 1, priority: 9, headers: { a: 'b' } }],
  ['an entry', (entry: never) => queue.enqueueAll([entry]), { payload: 1, delayMs: 1 }],
  ['publish', (given: never) => kept.publish(1, given), { headers: { a: 'b' } }],
  ['a wait', (given: never) => task.outcome(given), { timeoutMs: 0, signal: undefined }],
  ['redrive', (given: never) => queue.dead.redrive('all', given), { dryRun: true, perSecond: 5 }],
])('%s reads each option once', async (_, call, given) => {
  expect(await thrownBy(() => call(readableOnce(given) as never))).toBe('nothing')
})
