import { bury, defineQueue, limited, MqError, retry } from '@mq/core'
import type { Handler, Middleware, StandardSchema } from '@mq/core'
import { createVirtualClock, runBatchHandler, runHandler } from '@mq/core/testing'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

const dates: StandardSchema<string, Date> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof value === 'string' && !Number.isNaN(Date.parse(value))
        ? { value: new Date(value) }
        : { issues: [{ message: 'no date' }] },
  },
}
const reports = defineQueue({ name: 'reports', payload: dates, result: dates, attempts: 3, timeoutMs: 60_000 })
const plain = { errors: [], log: [], progress: [], steps: {} }

describe('runHandler', () => {
  it('runs a handler as a worker does, and answers its result as a caller gets it', async () => {
    const handler: Handler<Date, string> = (day, context) => {
      expect(day).toEqual(new Date('2026-11-29'))
      expect([context.queue, context.id, context.attempt, context.attempts, context.fence]).toEqual([
        'reports',
        'test',
        1,
        3,
        1,
      ])
      return '2026-11-30'
    }
    const run = await runHandler(handler, '2026-11-29', { queue: reports })
    expect(run).toEqual({ state: 'completed', result: new Date('2026-11-30'), tookMs: 0, ...plain })
  })

  it('needs no definition', async () => {
    expect(await runHandler((n: number) => n + 1, 1)).toMatchObject({ state: 'completed', result: 2 })
    expect(await runHandler(() => undefined, null)).toMatchObject({ state: 'completed', result: undefined })
  })

  it('gives the context that it is given', async () => {
    const seen = await runHandler(
      (_, { id, attempt, attempts, fence, headers, enqueuedAt, queue }) => [
        ...[id, attempt, attempts, fence, headers, enqueuedAt, queue],
      ],
      1,
      { queue: 'q', id: 'mine', attempt: 2, attempts: 7, fence: 9, headers: { a: 'b' }, enqueuedAt: 5 },
    )
    expect(seen).toMatchObject({ result: ['mine', 2, 7, 9, { a: 'b' }, 5, 'q'] })
  })

  it('judges a throw by the rules of the queue', async () => {
    const queue = defineQueue({ name: 'q', attempts: 2, backoff: { kind: 'fixed', baseMs: 500, jitter: 0 } })
    const error = new RangeError('too far')
    const fails = (): never => {
      throw error
    }
    expect(await runHandler(fails, 1, { queue })).toMatchObject({
      ...{ state: 'retried', delayMs: 500, charged: true, errors: [error] },
    })
    expect(await runHandler(fails, 1, { queue, attempt: 2 })).toMatchObject({
      ...{ state: 'dead', reason: 'attempts-exhausted', error: { name: 'RangeError', message: 'too far' } },
    })
  })

  it('takes verdicts', async () => {
    expect(await runHandler(() => retry({ delayMs: 5, countsAsAttempt: false }), 1)).toMatchObject({
      ...{ state: 'retried', delayMs: 5, charged: false },
    })
    expect(await runHandler(() => bury('unwanted'), 1)).toMatchObject({ state: 'dead', reason: 'unwanted' })
    expect(await runHandler(() => limited({ forMs: 9, scope: 'key' }), 1)).toMatchObject({
      ...{ state: 'limited', forMs: 9, scope: 'key' },
    })
  })

  it('refuses a payload that could not be enqueued, and buries a result that does not fit', async () => {
    await expect(runHandler(() => 'x', 'no date', { queue: reports })).rejects.toMatchObject({
      code: 'invalid-payload',
    })
    await expect(runHandler(() => 1, { at: new Map() })).rejects.toMatchObject({ code: 'invalid-payload' })
    expect(await runHandler(() => 'no date' as string, '2026-11-29', { queue: reports })).toMatchObject({
      ...{ state: 'dead', reason: 'invalid-result' },
    })
  })

  it('reports progress, log and steps, with those of earlier attempts', async () => {
    const done: string[] = []
    const run = await runHandler(
      async (_, { progress, log, once }) => {
        progress({ percent: 50 })
        log('half')
        await once('charge', () => void done.push('charge'))
        const mail = await once('mail', () => `mail ${done.push('mail')}`)
        log(mail)
      },
      1,
      { steps: { charge: 'paid' } },
    )
    expect(run).toMatchObject({ progress: [{ percent: 50 }], log: ['half', 'mail 1'] })
    expect(run.steps).toEqual({ charge: 'paid', mail: 'mail 1' })
    expect(done).toEqual(['mail'])
  })

  it('lets a timeout come at once, and by the clock of the handler', async () => {
    const before = performance.now()
    const run = await runHandler(() => new Promise<string>(() => undefined), '2026-11-29', { queue: reports })
    expect(run).toMatchObject({ state: 'retried', charged: true, errors: [{ code: 'task-timeout' }] })
    expect(performance.now() - before).toBeLessThan(3_000)
    const clock = createVirtualClock()
    const waits = (): Promise<string> => new Promise((resolve) => void clock.schedule(() => resolve('done'), 3_600_000))
    expect(await runHandler(waits, 1, { clock })).toMatchObject({ result: 'done', tookMs: 3_600_000 })
  })

  it('waits for what takes real time', async () => {
    expect(await runHandler(() => sleep(30, 'read'), 1, { timeoutMs: 1_000 })).toMatchObject({ result: 'read' })
  })

  it('cancels by a signal, also one that aborted before', async () => {
    const controller = new AbortController()
    const handler: Handler<number, unknown> = (_, { signal }) => {
      setImmediate(() => controller.abort(new Error('not wanted')))
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)))
    }
    const { signal } = controller
    const seen: unknown[] = []
    const spy: Middleware = (next) => async (payload, context) => {
      const answer = await next(payload, context)
      seen.push(answer)
      return answer
    }
    expect((await runHandler(handler, 1, { signal, middleware: [spy] })).state).toBe('cancelled')
    expect(MqError.is(seen[0], 'task-cancelled') && seen[0].details).toEqual({ reason: 'not wanted' })
    expect((await runHandler(() => 1, 1, { signal })).state).toBe('cancelled')
  })

  it('says so when the handler does not end', async () => {
    const hangs = runHandler(() => new Promise<void>(() => undefined), 1, { patienceMs: 300 })
    await expect(hangs).rejects.toThrow(/did not end within 300 ms: it awaits something/)
  })

  it('refuses options that it does not know', async () => {
    await expect(runHandler(() => 1, 1, { attemps: 2 } as never)).rejects.toThrow(/attemps/)
    await expect(runHandler(() => 1, 1, { attempt: 0 })).rejects.toThrow(/attempt/)
    await expect(runHandler(5 as never, 1)).rejects.toThrow(/handler must be a function/)
  })
})

describe('runBatchHandler', () => {
  it('reports each task of the batch', async () => {
    const runs = await runBatchHandler(
      (payloads: readonly number[], { tasks }) =>
        payloads.map((n, i) => (n === 2 ? bury('two') : `${tasks[i]!.id} ${n}`)),
      [1, 2, 3],
    )
    expect(runs.map((run) => (run.state === 'completed' ? run.result : run.state))).toEqual([
      'test-0 1',
      'dead',
      'test-2 3',
    ])
  })

  it('charges a throw to each', async () => {
    const runs = await runBatchHandler(() => Promise.reject(new Error('all')), [1, 2], { attempts: 2 })
    expect(runs).toMatchObject([
      { state: 'retried', charged: true },
      { state: 'retried', charged: true },
    ])
  })
})
