// What a user's compiler sees. Types are asserted by `tsc`, with exactOptionalPropertyTypes on and off; vitest runs the rest.
import { bury, createBroker, defineChannel, defineQueue, isVerdict, retry, unchecked } from '@mq/core'
import type { Adapter, Context, Handler, Middleware, Outcome, StandardSchema, Task, Verdict, Worker } from '@mq/core'
import type { HandlerOf, PayloadOf, QueueOf, ResultOf } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const visits = defineQueue({
  name: 'visits',
  payload: z.object({ at: z.iso.datetime().transform((text) => new Date(text)), page: z.string().default('/') }),
  result: z.object({ seconds: z.string().transform(Number) }),
})
const news = defineChannel({
  name: 'news',
  message: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
})

const broker = createBroker(memoryAdapter())
afterAll(() => broker.close())

/** Its body is type-checked and never run. */
// oxlint-disable-next-line vitest/valid-title -- the title is the caller's
const compiles = (name: string, _body: () => unknown): void => it(name, () => {})

describe('a queue with schemas', () => {
  const queue = broker.queue(visits)

  compiles('takes the input of its payload schema', async () => {
    const task = await queue.enqueue({ at: '2026-01-01T00:00:00Z' })
    expectTypeOf(queue.enqueue).parameter(0).toEqualTypeOf<{ at: string; page?: string | undefined }>()
    await queue.enqueueAll([{ payload: { at: '2026-01-01T00:00:00Z', page: '/a' }, delayMs: 10, id: 'x' }])
    expectTypeOf(task.id).toBeString()
    expectTypeOf(task.existing).toBeBoolean()
    await queue.enqueue({ at: '2026-01-01T00:00:00Z' }, { id: 'x', existing: 'replace' })
    // @ts-expect-error: another word
    await queue.enqueue({ at: '2026-01-01T00:00:00Z' }, { id: 'x', existing: 'drop' })
  })

  compiles('refuses another payload', () => [
    // @ts-expect-error: no `at`
    queue.enqueue({ page: '/a' }),
    // @ts-expect-error: the parsed output is not the input
    queue.enqueue({ at: new Date() }),
    // @ts-expect-error: `page` is a string
    queue.enqueue({ at: '2026-01-01T00:00:00Z', page: 1 }),
    // @ts-expect-error: no such field
    queue.enqueue({ at: '2026-01-01T00:00:00Z', pgae: '/a' }),
    // @ts-expect-error: no such option
    queue.enqueue({ at: '2026-01-01T00:00:00Z' }, { delay: 10 }),
    // @ts-expect-error: an entry's payload is checked too
    queue.enqueueAll([{ payload: { at: 1 } }]),
    // @ts-expect-error: an entry is not a payload
    queue.enqueueAll([{ at: '2026-01-01T00:00:00Z' }]),
  ])

  compiles('has names for its parts, for what is handed them', () => {
    expectTypeOf<QueueOf<typeof visits>>().toEqualTypeOf(queue)
    expectTypeOf<PayloadOf<typeof visits>>().toEqualTypeOf<{ at: string; page?: string | undefined }>()
    expectTypeOf<ResultOf<typeof visits>>().toEqualTypeOf<{ seconds: number }>()
    const handler: HandlerOf<typeof visits> = ({ at }) => ({ seconds: String(at.getSeconds()) })
    queue.process(handler)
    // @ts-expect-error: the result is the input of its schema
    const wrong: HandlerOf<typeof visits> = () => ({ seconds: 12 })
    return wrong
  })

  compiles("gives its handler the schema's output and takes the input of its result schema", () => {
    queue.process((visit, context) => {
      expectTypeOf(visit).toEqualTypeOf<{ at: Date; page: string }>()
      expectTypeOf(context).toEqualTypeOf<Context>()
      return { seconds: '12' }
    })
    queue.process(async ({ at }) => ({ seconds: String(at.getSeconds()) }))
    queue.process(async ({ page }) => (page === '/' ? bury('front-page') : { seconds: '1' }))
    queue.process((_visit, { attempt }) => {
      if (attempt < 3) return retry({ delayMs: 10 })
      return { seconds: '1' }
    })
    const worker = queue.process(() => ({ seconds: '1' }), { concurrency: 2 })
    expectTypeOf(worker).toEqualTypeOf<Worker>()
  })

  compiles('refuses a handler with another payload or result', () => [
    // @ts-expect-error: `seconds` is missing
    queue.process(() => ({})),
    // @ts-expect-error: the schema's input is a string
    queue.process(async () => ({ seconds: 1 })),
    // @ts-expect-error: a result is owed
    queue.process(() => {}),
    // @ts-expect-error: the payload is no string
    queue.process((visit: string) => ({ seconds: visit })),
    // @ts-expect-error: no such option
    queue.process(() => ({ seconds: '1' }), { threads: 2 }),
  ])

  compiles('gives the output of its result schema to whoever waits', async () => {
    const task = queue.task('an-id')
    expectTypeOf(task).toEqualTypeOf<Task<{ seconds: number }, { at: string; page?: string | undefined }>>()
    expectTypeOf(await task.result()).toEqualTypeOf<{ seconds: number }>()
    expectTypeOf(await task.outcome()).toEqualTypeOf<Outcome<{ seconds: number }>>()
    expectTypeOf(await queue.enqueue({ at: '' })).toEqualTypeOf<typeof task>()
    expectTypeOf(await queue.enqueueAll([])).toEqualTypeOf<(typeof task)[]>()
    // @ts-expect-error: the schema's input is a string
    await task.update({ at: 7 })
    const outcome = await task.outcome()
    if (outcome.state === 'completed') expectTypeOf(outcome.result.seconds).toBeNumber()
    if (outcome.state === 'dead') expectTypeOf(outcome.error?.code).toEqualTypeOf<string | undefined>()
  })
})

describe('a queue without schemas', () => {
  compiles('is unknown on both sides, by name and by definition', async () => {
    for (const queue of [broker.queue('plain'), broker.queue(defineQueue({ name: 'plain' }))]) {
      const task = await queue.enqueue({ any: 'thing' })
      queue.process((payload) => {
        expectTypeOf(payload).toBeUnknown()
      })
      expectTypeOf(await task.result()).toBeUnknown()
    }
  })

  compiles('takes types that nobody checks', async () => {
    const queue = broker.queue(
      defineQueue({ name: 'plain', payload: unchecked<{ n: number }>(), result: unchecked<string>() }),
    )
    queue.process(({ n }) => n.toFixed())
    expectTypeOf(await (await queue.enqueue({ n: 1 })).result()).toBeString()
    // @ts-expect-error: another payload
    void queue.enqueue({ n: '1' })
  })

  compiles('takes a schema of any vendor', async () => {
    const Celsius = {} as StandardSchema<number, { degrees: number }>
    const queue = broker.queue(defineQueue({ name: 'plain', payload: Celsius }))
    queue.process(({ degrees }) => expectTypeOf(degrees).toBeNumber())
    await queue.enqueue(21)
  })
})

describe('a channel', () => {
  const channel = broker.channel(news)

  compiles('takes the input and gives the output of its schema', async () => {
    await channel.publish({ at: '2026-01-01T00:00:00Z' })
    await channel.subscribe(({ payload, n }) => {
      expectTypeOf(payload).toEqualTypeOf<{ at: Date }>()
      expectTypeOf(n).toBeNumber()
    })
    await channel.consume('audit', async ({ payload }, { signal }) => {
      expectTypeOf(payload).toEqualTypeOf<{ at: Date }>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      if (payload.at.getTime() === 0) return bury('too-old')
    })
    for await (const { payload } of channel.messages()) expectTypeOf(payload.at).toEqualTypeOf<Date>()
    // @ts-expect-error: the parsed output is not the input
    await channel.publish({ at: new Date() })
    // @ts-expect-error: a group's handler has no result
    await channel.consume('audit', async () => 'done')
  })
})

describe('options', () => {
  compiles('may be undefined, whatever exactOptionalPropertyTypes says', async () => {
    const maybe = Math.random() > 2 ? 1 : undefined
    const text = maybe === undefined ? undefined : 'x'
    const queue = broker.queue(
      defineQueue({ name: 'q', attempts: maybe, timeoutMs: maybe, capacity: undefined, backoff: { baseMs: maybe } }),
    )
    const task = await queue.enqueue(1, {
      id: text,
      delayMs: maybe,
      priority: maybe,
      signal: undefined,
      headers: undefined,
    })
    await task.result({ timeoutMs: maybe, signal: undefined })
    await task.cancel({ reason: text })
    await queue.process(() => 1, { concurrency: maybe }).close({ deadlineMs: maybe })
    createBroker(memoryAdapter(), { logger: undefined, onError: undefined, clock: undefined })
  })

  compiles('that are functions are typed', () => {
    const timed: Middleware = (next) => async (payload, context) => {
      expectTypeOf(payload).toBeUnknown()
      const answer = await next(payload, context)
      if (isVerdict(answer)) expectTypeOf(answer).toEqualTypeOf<Verdict>()
      return answer
    }
    const generic = <P, R>(next: Handler<P, R>): Handler<P, R> => next
    broker.queue(visits).process(() => ({ seconds: '1' }), { middleware: [timed, generic] })
    createBroker(memoryAdapter(), { middleware: [timed], headers: ({ queue }) => ({ queue }) })
    defineQueue({
      name: 'q',
      backoff: (failures, error) => failures * error.message.length,
      retryIf: (error, { attempt }) => error.name !== 'RangeError' && attempt < 3,
    })
    // @ts-expect-error: it must answer at once
    defineQueue({ name: 'q', retryIf: async () => true })
    // @ts-expect-error: no number
    defineQueue({ name: 'q', backoff: () => '10' })
    // @ts-expect-error: headers are strings
    createBroker(memoryAdapter(), { headers: () => ({ n: 1 }) })
  })

  compiles('of a misspelt definition do not compile', () => [
    // @ts-expect-error: a queue needs a name
    defineQueue({ payload: z.string() }),
    // @ts-expect-error: no such option
    defineQueue({ name: 'q', retries: 3 }),
    // @ts-expect-error: not a schema
    defineQueue({ name: 'q', payload: String }),
    // @ts-expect-error: no such option
    defineChannel({ name: 'c', schema: z.string() }),
  ])
})

describe('the redis adapter', () => {
  compiles('takes a url, a client, or a function that connects', () => {
    expectTypeOf(redisAdapter({ url: 'redis://127.0.0.1' })).toExtend<Adapter>()
    redisAdapter({ client: new Redis(), prefix: 'shop' })
    redisAdapter({ connect: (role) => new Redis({ connectionName: role }) })
    // @ts-expect-error: nothing to connect to
    redisAdapter()
    // @ts-expect-error: a variable that may not be set
    redisAdapter({ url: process.env['REDIS_URL'] })
    // @ts-expect-error: one of them, not two
    redisAdapter({ url: 'redis://127.0.0.1', client: new Redis() })
    // @ts-expect-error: a url is no client
    redisAdapter({ client: 'redis://127.0.0.1' })
  })
})

it('says the same at run time, for those without a compiler', async () => {
  expect(() => defineQueue({ name: 'q', retries: 3 } as never)).toThrow(/retries/)
  await expect(broker.queue(visits).enqueue({ page: '/a' } as never)).rejects.toMatchObject({ code: 'invalid-payload' })
})
