import { createBroker, defineQueue } from '@mq/core'
import type { Broker, LogFields } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isolate } from '@mq/isolate'
import type { IsolatedHandler, IsolateOptions } from '@mq/isolate'

const HANDLERS = new URL('./handlers/handlers.mjs', import.meta.url)
const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

const lines: (readonly [LogFields, string])[] = []
const logger = {
  debug: () => undefined,
  info: (fields: LogFields, message: string) => void lines.push([fields, message]),
  warn: () => undefined,
  error: () => undefined,
}

function scene(name: string, options: IsolateOptions = {}, more: Partial<Parameters<typeof defineQueue>[0]> = {}) {
  lines.length = 0
  const broker: Broker = createBroker(memoryAdapter(), { logger })
  const queue = broker.queue(defineQueue({ name: 'isolated', attempts: 1, ...more }))
  const handler: IsolatedHandler<unknown, unknown> = isolate(HANDLERS, {
    name,
    killAfterMs: 50,
    execArgv: [],
    ...options,
  })
  open.push(handler, broker)
  const worker = queue.process(handler, { concurrency: options.size ?? 1 })
  const run = async (payload: unknown = 1): Promise<unknown> =>
    (await queue.enqueue(payload)).result({ timeoutMs: 20_000 })
  return { broker, queue, handler, worker, run }
}

const reasonOf = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'it ended well',
    (error: Error) => error.message,
  )

describe.each(['thread', 'process'] as const)('a handler in a %s', (kind) => {
  it('gets its payload and the facts of its task, and its answer is the result', async () => {
    const { queue } = scene('default', { isolate: kind }, { attempts: 3 })
    const task = await queue.enqueue({ at: 1 }, { id: 'one', headers: { a: 'b' } })
    expect(await task.result()).toEqual({
      payload: { at: 1 },
      facts: {
        id: 'one',
        attempt: 1,
        attempts: 3,
        queue: 'isolated',
        headers: { a: 'b' },
        isFenced: true,
        isTimed: true,
      },
      elsewhere: true,
    })
  })

  it('returns and throws verdicts', async () => {
    const { run } = scene('verdicts', { isolate: kind }, { attempts: 2 })
    expect(await run('retry')).toBe('retried')
    expect(await reasonOf(run('bury'))).toContain('no use')
    expect(await reasonOf(run('throw'))).toContain('thrown')
  })

  it('throws an error that keeps its name, message and code', async () => {
    const errors: unknown[] = []
    const { run } = scene(
      'throws',
      { isolate: kind },
      { attempts: 2, retryIf: (error: unknown) => errors.push(error) > 9 },
    )
    expect(await reasonOf(run())).toContain('out of range')
    expect(errors).toMatchObject([{ name: 'RangeError', message: 'out of range', code: 'E_RANGE' }])
    expect((errors[0] as Error).stack).toContain('handlers.mjs')
  })

  it('is killed when it spins beyond its timeout, charged, and stops nobody', async () => {
    const { queue, run, broker } = scene('spins', { isolate: kind }, { timeoutMs: 500 })
    const other = broker.queue(defineQueue({ name: 'other' }))
    other.process(async () => 'served')
    const spinning = run()
    expect(await (await other.enqueue(1)).result()).toBe('served')
    expect(await reasonOf(spinning)).toContain('longer than 500 ms')
    // Its place is free again: the next one runs, and ends as the first.
    expect(await reasonOf(run())).toContain('longer than 500 ms')
    await vi.waitFor(async () => expect(await queue.stats()).toMatchObject({ running: 0, dead: 2 }))
  })

  it('is cancelled by its signal, and reports in between', async () => {
    const { queue } = scene('stops', { isolate: kind })
    const task = await queue.enqueue(1)
    await vi.waitFor(async () => expect((await task.logs())?.lines).toMatchObject([{ line: 'began' }]), 10_000)
    await task.cancel()
    await vi.waitFor(async () => expect((await queue.stats()).running).toBe(0))
  })

  it('fails alone when its memory is used up', async () => {
    const { run } = scene('fills', { isolate: kind, memoryMb: 32 })
    expect(await reasonOf(run())).toMatch(/ended|memory|32 MiB/)
  })

  it('fails when it ends its thread or process', async () => {
    const { run } = scene('exits', { isolate: kind })
    expect(await reasonOf(run())).toContain('ended before the handler did')
  })

  it('does a step once, reports progress, and logs', async () => {
    const { queue } = scene('steps', { isolate: kind }, { attempts: 2, backoff: { kind: 'fixed', baseMs: 1 } })
    const task = await queue.enqueue('value')
    expect(await task.result()).toBe('value 1')
    expect(lines.map(([fields, message]) => [fields['step'] ?? fields['fields'], message])).toContainEqual([
      'a',
      'did a',
    ])
    expect(lines.map(([fields]) => fields['fields'])).toContain('could not be passed on')
  })

  it.each([
    ['answersFunction', 'cannot be passed on'],
    ['notAFunction', 'exports no function'],
    ['nothing', 'exports no function'],
  ])('%s fails by its reason', async (name, message) => {
    const { run } = scene(name, { isolate: kind })
    expect(await reasonOf(run())).toContain(message)
  })
})

describe('the options', () => {
  it.each([
    [{ isolate: 'fiber' }, 'isolate'],
    [{ memoryMb: 1 }, 'memoryMb'],
    [{ memoryMb: 64.5 }, 'memoryMb'],
    [{ size: 0 }, 'size'],
    [{ killAfterMs: -1 }, 'killAfterMs'],
    [{ idleMs: Number.NaN }, 'idleMs'],
    [{ name: 5 }, 'name'],
    [{ threads: 5 }, 'threads'],
  ])('%o are refused', (options, named) => {
    expect(() => isolate(HANDLERS, options as never)).toThrow(named)
  })

  it('a handler that is no URL is refused', () => {
    expect(() => isolate('./handler.js')).toThrow(/URL of a module/)
  })

  it('a thread that cannot be started fails the attempt', async () => {
    const { run } = scene('default', { execArgv: ['--import', './not-there.mjs'] })
    expect(await reasonOf(run())).toContain('a thread for the handler failed')
  })

  it('as many run at once as size says', async () => {
    const { queue, broker } = scene('stops', { size: 3 })
    const tasks = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }, { payload: 3 }])
    await vi.waitFor(async () => {
      for (const task of tasks) expect((await task.logs())?.lines).toHaveLength(1)
    }, 10_000)
    await Promise.all(tasks.map((task) => task.cancel()))
    await broker.close()
  })
})
