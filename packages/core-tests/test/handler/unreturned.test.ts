import { bury, defineQueue, MqError, retry } from '@mq/core'
import type { Context, Middleware } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { brokerBench } from '../broker-bench.ts'

const CONSTANT = bury('no')

/** Runs one task of each of `payloads`, ten at once, and answers the codes of what was reported. */
async function reports(
  handler: (payload: unknown, context: Context, pause: (ms: number) => Promise<void>) => unknown,
  payloads: readonly unknown[] = [1],
  middleware: readonly Middleware[] = [],
): Promise<unknown[]> {
  const { broker, clock, errors, pause } = brokerBench()
  const queue = broker.queue(defineQueue({ name: 'q', attempts: 2, timeoutMs: 1_000, backoff: { baseMs: 10 } }))
  await queue.enqueueAll(payloads.map((payload) => ({ payload })))
  queue.process((payload, context) => handler(payload, context, pause), { middleware })
  await clock.advance(20_000)
  expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0 })
  await Promise.all([broker.close(), clock.advance(1)])
  return errors.map((error) =>
    MqError.is(error) ? `${error.code} ${String(error.details['verdict'])}` : error.message,
  )
}

describe('a verdict that is made and not returned', () => {
  it.each([
    ['by a handler', () => void retry({ delayMs: 5 })],
    ['by an async one', async () => void retry()],
    [
      'after a while',
      async (_: unknown, __: Context, pause: (ms: number) => Promise<void>) => void (await pause(5), retry()),
    ],
  ])('%s is reported', async (_, handler) => {
    expect(await reports(handler)).toEqual(['unreturned-verdict retry'])
  })

  it('by the handler of a batch is reported', async () => {
    const { broker, clock, errors } = brokerBench()
    const queue = broker.queue('q')
    queue.processBatch((payloads) => payloads.map((n) => (n === 1 ? void retry() : undefined)), { waitMs: 0 })
    await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    await clock.advance(100)
    expect(errors.map((error) => MqError.is(error) && error.code)).toEqual(['unreturned-verdict'])
    await Promise.all([broker.close(), clock.advance(1)])
  })

  it('is reported once for a queue and kind, however often it happens', async () => {
    const handler = (payload: unknown): void => void (payload === 1 ? retry() : bury('x'))
    expect(await reports(handler, [1, 1, 2, 1, 2, 1])).toEqual(['unreturned-verdict retry', 'unreturned-verdict bury'])
  })

  it('is reported when other handlers run meanwhile, once they have ended', async () => {
    const payloads = Array.from({ length: 30 }, (_, i) => i)
    const handler = async (payload: unknown, _: Context, pause: (ms: number) => Promise<void>): Promise<unknown> => {
      await pause(Number(payload) % 7)
      const made = retry({ countsAsAttempt: false })
      await pause(Number(payload) % 5)
      return payload === 13 ? undefined : Number(payload) % 2 === 0 ? CONSTANT : made.delayMs
    }
    expect(await reports(handler, payloads)).toEqual(['unreturned-verdict retry'])
  })
})

it('of those that are made beside a long run, only a thousand are kept', async () => {
  const handler = async (payload: unknown, _: Context, pause: (ms: number) => Promise<void>): Promise<void> => {
    if (payload === 'long') return pause(900)
    for (let i = 0; i < 500; i++) retry()
  }
  expect(await reports(handler, ['long', 1, 2, 3, 4])).toEqual(['unreturned-verdict retry'])
})

describe('nothing is reported of a verdict', () => {
  const again = (payload: unknown, { attempt }: Context): unknown => (attempt === 1 ? retry({ delayMs: 1 }) : payload)
  const odd: Middleware = (next) => async (payload, context) => {
    const answer = await Promise.resolve(next(payload, context)).catch(() => undefined)
    return { ...(answer as object) }
  }

  it.each([
    ['that is returned', again],
    ['that an async handler returns', async (payload: unknown, context: Context) => again(payload, context)],
    [
      'that is thrown',
      async (payload: unknown, context: Context) => {
        const answer = again(payload, context)
        if (answer !== payload) throw answer
        return payload
      },
    ],
    ['that is a constant of the program', (payload: unknown) => (payload === 1 ? CONSTANT : payload)],
    [
      'that comes after its timeout',
      async (_: unknown, __: Context, pause: (ms: number) => Promise<void>) => (await pause(1_500), bury('late')),
    ],
  ])('%s', async (_, handler) => {
    const found = await reports(handler, [1, 2, 3, 4, 5])
    expect(found.filter((report) => String(report).startsWith('unreturned'))).toEqual([])
  })

  it('that a middleware replaced', async () => {
    expect(await reports(again, [1, 2, 3], [odd, odd])).toEqual([])
    const thrower = (): never => {
      throw bury('x') as unknown as Error
    }
    expect(await reports(async () => thrower(), [1, 2, 3], [odd])).toEqual([])
  })
})
