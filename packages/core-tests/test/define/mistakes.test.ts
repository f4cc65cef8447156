// What those who come from another queue, or read too fast, write first; each refusal names the mistake and what to write instead.
import { createBroker, defineChannel, defineQueue, MqError, silentLogger } from '@mq/core'
import type { Broker, StandardSchema } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { afterAll, describe, expect, it } from 'vitest'

const broker = createBroker(memoryAdapter(), { logger: silentLogger })
afterAll(() => broker.close())
const nothing = (): void => undefined

/** As zod's `z.object({ at: z.date() })`. */
const withDate: StandardSchema<{ at: Date }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate(value) {
      const { at } = value as { at: unknown }
      if (at instanceof Date) return { value: { at } }
      return { issues: [{ message: `expected date, received ${typeof at}`, path: ['at'] }] }
    },
  },
}

async function withoutResults(): Promise<unknown> {
  const queue = broker.queue(defineQueue({ name: 'none', keep: { results: false } }))
  const worker = queue.process(nothing)
  const task = await queue.enqueue(1)
  await expect.poll(async () => (await task.status()).state).toBe('unknown')
  await worker.close()
  return task.result()
}

function twoDefinitions(on: Broker): void {
  on.queue(defineQueue({ name: 'twice', attempts: 2 }))
  on.queue(defineQueue({ name: 'twice', attempts: 3 }))
}

const mistakes: Record<string, [() => unknown, code: string | undefined, words: string]> = {
  'a name in place of a definition': [
    () => defineQueue('emails' as never),
    undefined,
    'takes an object of options, not a string',
  ],
  'a type in place of a schema': [
    () => defineQueue({ name: 'a', payload: { to: 'string' } as never }),
    undefined,
    'unchecked<T>()',
  ],
  'an adapter that was not called': [() => createBroker(memoryAdapter as never), undefined, 'that makes one: call it'],
  'a connection in place of an adapter': [
    () => createBroker({ connection: {} } as never),
    undefined,
    'what redisAdapter({ url }) or memoryAdapter() returns',
  ],
  'a name with a colon': [() => defineQueue({ name: 'bull:emails' }), undefined, '":" is not one of them'],
  'a text of the environment as a number': [
    () => defineQueue({ name: 'a', attempts: '3' as never }),
    undefined,
    'Number(…) makes one',
  ],
  'the word for attempts': [
    () => defineQueue({ name: 'a', retries: 3 } as never),
    undefined,
    'retries is attempts here',
  ],
  'the words of a backoff': [
    () => defineQueue({ name: 'a', backoff: { type: 'fixed' } as never }),
    undefined,
    'type is kind here',
  ],
  'the word for results': [
    () => defineQueue({ name: 'a', keepResults: false } as never),
    undefined,
    'keepResults is keep here',
  ],
  'options in place of a handler': [
    () => broker.queue('a').process({ concurrency: 5 } as never),
    undefined,
    'a handler function, then options',
  ],
  'a name in front of a handler': [
    () => broker.queue('a').process('send' as never, nothing as never),
    undefined,
    'a handler function',
  ],
  'a name in front of a subscriber': [
    () => broker.channel('c').subscribe('x' as never, nothing as never),
    undefined,
    'a handler function',
  ],
  'what nobody defined': [() => broker.queue({ name: 'a' } as never), undefined, 'what defineQueue returned'],
  'two definitions': [() => twoDefinitions(broker), undefined, 'differ in attempts'],
  'a history without a bound': [
    () => defineChannel({ name: 'c', history: {} }),
    undefined,
    'maxAgeMs, maxCount, maxBytes',
  ],
  'a group of a channel without history': [
    () => broker.channel('c').consume('g', nothing),
    undefined,
    'declare its history',
  ],
  'a payload in place of an entry': [
    () => broker.queue('a').enqueueAll([{ to: 'a' }] as never),
    'invalid-options',
    'entry 0: an entry is { payload',
  ],
  'a Date that the schema wants back': [
    () => broker.queue(defineQueue({ name: 'date', payload: withDate })).enqueue({ at: new Date(0) }),
    'invalid-payload',
    'A Date is a string in JSON',
  ],
  'attempts of a worker': [
    () => broker.queue('a').process(() => 1, { attempts: 3 } as never),
    undefined,
    'are set in defineQueue',
  ],
  'what is kept of one task': [
    () => broker.queue('a').enqueue(1, { keep: false } as never),
    'invalid-options',
    'keep takes an object of options, not false',
  ],
  'a result that nobody keeps': [withoutResults, 'result-expired', 'keeps no results'],
  'a task that nobody enqueued': [
    () => broker.queue('a').task('nope').result({ timeoutMs: 1 }),
    'result-expired',
    'it never existed',
  ],
}

describe('a mistake', () => {
  it.each(Object.entries(mistakes))('%s', async (_, [call, code, words]) => {
    const thrown = await (async () => call())().catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(Error)
    expect(MqError.is(thrown) ? thrown.code : undefined).toBe(code)
    expect((thrown as Error).message).toContain(words)
  })
})
