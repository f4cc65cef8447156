import { defineChannel, defineQueue } from '@mq/core'
import type { ConsumeOptions, Context, QueueDefinition, QueueOptions, StandardSchema, WorkerOptions } from '@mq/core'
import type { TestBroker, TestBrokerOptions } from '@mq/core/testing'

interface Scene {
  readonly broker: TestBroker
  /** Does the deed with the hostile value. */
  readonly deed: () => never
}

export interface Surroundings {
  readonly queue?: (deed: () => never) => Partial<QueueOptions<Schema, Schema>>
  readonly worker?: (deed: () => never) => WorkerOptions
  readonly broker?: (deed: () => never) => TestBrokerOptions
  /** The handler of the task `bad`. */
  readonly handler?: (deed: () => never, context: Context) => unknown
}

type Schema = StandardSchema<unknown, unknown>

interface QueueScene {
  readonly definition: QueueDefinition<unknown, unknown, unknown, unknown>
  readonly handler: (value: unknown, context: Context) => unknown
  readonly options: WorkerOptions
  readonly broker: TestBrokerOptions
}

/** Every place where a worker or its queue calls a user's code. The table is run by `hostile.test.ts`. */
export const QUEUE_PLACES: readonly (readonly [string, Surroundings])[] = [
  ['a handler', { handler: (deed) => deed() }],
  ['an async handler', { handler: async (deed) => deed() }],
  ['a handler that awaits', { handler: async (deed) => (await Promise.resolve(), deed()) }],
  ['middleware', { worker: (deed) => ({ middleware: [onlyBad(deed)] }) }],
  ["a broker's middleware", { broker: (deed) => ({ middleware: [onlyBad(deed)] }) }],
  ["a payload's schema", { queue: (deed) => ({ payload: schemaOf(deed, 'delivery') }) }],
  ["a payload's schema, when it is enqueued", { queue: (deed) => ({ payload: schemaOf(deed, 'call') }) }],
  ["a result's schema", { queue: (deed) => ({ result: schemaOf(deed, 'call') }) }],
  [
    "a payload's value",
    { queue: (deed) => ({ payload: schemaOf(() => ({ value: inside(deed) }) as never, 'delivery') }) },
  ],
  [
    "a payload's issues",
    { queue: (deed) => ({ payload: schemaOf(() => ({ issues: [inside(deed)] }) as never, 'delivery') }) },
  ],
  ['retryIf', { handler: fails, queue: (deed) => ({ retryIf: deed }) }],
  ['backoff', { handler: fails, queue: (deed) => ({ backoff: deed }) }],
  [
    'a logger',
    { handler: fails, broker: (deed) => ({ logger: { debug: deed, info: deed, warn: deed, error: deed } }) },
  ],
  ['a logger that cannot be read', { handler: fails, broker: (deed) => ({ logger: flippingLogger(deed) }) }],
  ['onError', { handler: fails, broker: (deed) => ({ onError: deed }) }],
  ['headers', { broker: (deed) => ({ headers: onceOnly(deed) }) }],
  ['a header', { broker: (deed) => ({ headers: onceOnly(() => ({ a: inside(deed) })) }) }],
  ['progress', { handler: (deed, { progress }) => progress(inside(deed)) }],
  ['once', { handler: (deed, { once }) => once('key', () => deed()) }],
  ['a log field', { handler: (deed, { logger }) => logger.warn({ field: inside(deed) }, 'x') }],
  ['what is done to the context', { handler: (deed, context) => (deepFreeze(context), deed()) }],
]

/** Payloads are `bad` and `good`; the deed is done for the bad one only, wherever the value is seen. */
export function sceneOf(place: Surroundings, deed: () => never): QueueScene {
  const definition = defineQueue({ name: 'q', attempts: 2, backoff: { baseMs: 10 }, ...place.queue?.(deed) })
  const handler = (value: unknown, context: Context): unknown =>
    value === 'bad' && place.handler ? place.handler(deed, context) : value
  return { definition, handler, options: place.worker?.(deed) ?? {}, broker: place.broker?.(deed) ?? {} }
}

function onlyBad(deed: () => never) {
  return (next: (payload: unknown, context: Context) => unknown) => (payload: unknown, context: Context) =>
    payload === 'bad' ? deed() : next(payload, context)
}

/** `call`: the first time it sees the bad value. `delivery`: the times after it. */
function schemaOf(deed: () => never, when: 'call' | 'delivery'): Schema {
  let seen = 0
  const validate = (value: unknown) => {
    if (value !== 'bad') return { value }
    const isCall = seen++ === 0
    return isCall === (when === 'call') ? deed() : { value }
  }
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

function onceOnly(deed: () => Readonly<Record<string, string>>) {
  let called = false
  return () => {
    if (called) return {}
    called = true
    return deed()
  }
}

/** Its methods are there when it is checked, and throw when they are read later. */
function flippingLogger(deed: () => never) {
  let reads = 0
  return new Proxy({} as never, { get: () => (reads++ < 8 ? () => undefined : deed()) })
}

function deepFreeze(value: object): void {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) deepFreeze(child as object)
  Object.freeze(value)
}

type Options = Omit<ConsumeOptions, 'from'>
const HISTORY = defineChannel({ name: 'c', history: { maxCount: 100 } })

/** Answers whether the good message came through. */
export type Subscribe = (scene: Scene) => Promise<() => boolean>

/** The same on channels. */
export const CHANNEL_PLACES: readonly (readonly [string, Subscribe])[] = [
  [
    'a subscriber',
    async ({ broker, deed }) => {
      let good = false
      await broker.channel(HISTORY).subscribe(({ payload }) => (payload === 'bad' ? deed() : (good = true)))
      return () => good
    },
  ],
  [
    'onGap',
    async ({ broker, deed }) => {
      let good = false
      const onGap = deed as () => void
      await broker.channel(HISTORY).subscribe(({ payload }) => (good ||= payload === 'good'), { onGap, buffer: 1 })
      return () => good
    },
  ],
  [
    'onEnd',
    async ({ broker, deed }) => {
      const onEnd = deed as () => void
      let good = false
      const slow = (): Promise<void> => new Promise((resolve) => broker.clock.schedule(resolve, 50))
      await broker.channel(HISTORY).subscribe(slow, { onEnd, buffer: { size: 1, whenFull: 'disconnect' } })
      await broker.channel(HISTORY).subscribe(({ payload }) => (good ||= payload === 'good'))
      return () => good
    },
  ],
  [
    "a message's schema",
    async ({ broker, deed }) => {
      let good = false
      const channel = broker.channel(defineChannel({ name: 'c', message: schemaOf(deed, 'call') }))
      await channel.subscribe(({ payload }) => (good ||= payload === 'good'))
      return () => good
    },
  ],
  group('a group', (deed) => [{}, deed]),
  group("a group's retryIf", (deed) => [{ retryIf: deed }, fails]),
  group("a group's backoff", (deed) => [{ backoff: deed }, fails]),
  group("a group's onLost", (deed) => [{ onLost: deed as () => void }, fails]),
  group("a group's key", (deed) => [{ key: ({ payload }) => (payload === 'bad' ? deed() : 'k') }, fails]),
  [
    "an ordered group's schema",
    async ({ broker, deed }) => {
      let good = false
      const channel = broker.channel(defineChannel({ ...HISTORY, message: schemaOf(deed, 'delivery') }))
      const handler = ({ payload }: { readonly payload: unknown }): void => void (good ||= payload === 'good')
      await channel.consume('g', handler, { key: () => 'k' })
      return () => good
    },
  ],
]

function group(name: string, make: (deed: () => never) => [Options, () => never]): (typeof CHANNEL_PLACES)[number] {
  return [
    name,
    async ({ broker, deed }) => {
      let good = false
      const [options, onBad] = make(deed)
      const handler = ({ payload }: { readonly payload: unknown }): void => {
        if (payload === 'bad') return onBad()
        good = true
      }
      await broker.channel(HISTORY).consume('g', handler, { attempts: 2, ...options })
      return () => good
    },
  ]
}

function fails(): never {
  throw new Error('fails')
}

/** A promise inside of something is its maker's: nobody else would await it. */
function inside(deed: () => never): never {
  return owned(deed()) as never
}

export function owned(value: unknown): unknown {
  try {
    if (value instanceof Promise) value.then(undefined, () => undefined)
  } catch {
    // Not to be touched.
  }
  return value
}
