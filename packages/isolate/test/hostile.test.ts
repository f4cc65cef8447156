// Handlers that do what no handler should: none of it ends the worker, or stops or touches another task.
import { createBroker, defineQueue } from '@mq/core'
import type { LogFields } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { isolate, IsolateError } from '@mq/isolate'
import type { IsolatedHandler, IsolateOptions } from '@mq/isolate'
import { afterEach, describe, expect, it, vi } from 'vitest'

const fileOf = (name: string): URL => new URL(`./handlers/${name}.mjs`, import.meta.url)
const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

const lines: (readonly [LogFields, string])[] = []
const note = (fields: LogFields, message: string): void => void lines.push([fields, message])
const logger = { debug: note, info: note, warn: note, error: note }

function scene(
  name: string,
  options: IsolateOptions & { readonly concurrency?: number } = {},
  more: Partial<Parameters<typeof defineQueue>[0]> = {},
) {
  lines.length = 0
  const { concurrency, ...given } = options
  const broker = createBroker(memoryAdapter(), { logger })
  const queue = broker.queue(defineQueue({ name: 'hostile', attempts: 1, ...more }))
  const handler: IsolatedHandler<unknown, unknown> = isolate(fileOf('handlers'), {
    name,
    killAfterMs: 50,
    execArgv: [],
    ...given,
  })
  open.push(handler, broker)
  queue.process(handler, { concurrency: concurrency ?? options.size ?? 1 })
  const run = async (payload: unknown = 1): Promise<unknown> =>
    (await queue.enqueue(payload)).result({ timeoutMs: 20_000 })
  return { broker, queue, handler, run }
}

const reasonOf = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'it ended well',
    (error: Error) => error.message,
  )

describe.each(['thread', 'process'] as const)('a handler in a %s', (kind) => {
  it('may post what it likes, and ends well', async () => {
    const { run } = scene('postsByItself', { isolate: kind })
    expect(await run('a')).toBe('a')
    expect(await run('b')).toBe('b')
  })

  it('that goes on when it has answered speaks for no other task', async () => {
    const { queue, run } = scene('leavesTimers', { isolate: kind })
    expect(await run('first')).toBe('gone')
    const task = await queue.enqueue('second')
    const progress: unknown[] = []
    void (async () => {
      for await (const step of task.progress()) progress.push(step)
    })().catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await task.logs())?.lines ?? []).toEqual([])
    expect(await task.result()).toBe('here')
    expect(progress).toEqual([])
    expect(lines.filter(([fields]) => fields['step'] === 'of the first' && fields['id'] === task.id)).toEqual([])
  })

  it('whose thread or process ends between two tasks costs at most an attempt, and hangs for nobody', async () => {
    const { run } = scene('leavesAnExit', { isolate: kind }, { attempts: 3, backoff: { kind: 'fixed', baseMs: 1 } })
    expect(await run('first')).toBe('first')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await run('second')).toBe('second')
  })

  it('that spins is killed, and those that wait for its place run', async () => {
    const { queue } = scene('spins', { isolate: kind, size: 1, concurrency: 3 }, { timeoutMs: 400 })
    const tasks = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }, { payload: 3 }])
    const ends = await Promise.all(tasks.map((task) => task.outcome({ timeoutMs: 20_000 })))
    expect(ends.map(({ state }) => state)).toEqual(['dead', 'dead', 'dead'])
    await vi.waitFor(async () => expect((await queue.stats()).running).toBe(0))
  })

  it('waits for a place no longer than it is wanted', async () => {
    const { queue } = scene('stops', { isolate: kind, size: 1, concurrency: 2 })
    const [first, second] = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    await vi.waitFor(async () => expect((await first!.logs())?.lines).toHaveLength(1), 10_000)
    await second!.cancel()
    await first!.cancel()
    await vi.waitFor(async () => expect((await queue.stats()).running).toBe(0))
    expect((await second!.logs())?.lines ?? []).toEqual([])
  })

  it('that blocks, or catches signals, is killed', async () => {
    const { run, queue } = scene('blocks', { isolate: kind })
    const blocking = await queue.enqueue('block', { timeoutMs: 1_000 })
    expect(await reasonOf(blocking.result())).toContain('longer than 1000 ms')
    expect(await run('free')).toBe('free')
    const other = scene('ignoresSignals', { isolate: kind }, { timeoutMs: 500 })
    expect(await reasonOf(other.run())).toContain('longer than 500 ms')
  })

  it.each(['nothing', 'null', 'function', 'getter', 'proxy', 'promise'])('may throw %s', async (what) => {
    const { run, queue } = scene('throwsOdd', { isolate: kind })
    expect(await reasonOf(run(what))).not.toBe('it ended well')
    expect(await queue.stats()).toMatchObject({ dead: 1, running: 0 })
  })

  it.each(['shared', 'port', 'proxy', 'thenable', 'cycle', 'weak'])('may answer %s', async (what) => {
    const { run, queue } = scene('answersOdd', { isolate: kind })
    expect(await reasonOf(run(what))).not.toBe('it ended well')
    expect(await reasonOf(run(what))).not.toMatch(/ended before/)
    expect(await queue.stats()).toMatchObject({ dead: 2, running: 0 })
  })

  it('is closed once: what runs ends, and nothing is started afterwards', async () => {
    const { handler, queue, run } = scene('stops', { isolate: kind })
    const task = await queue.enqueue(1)
    await vi.waitFor(async () => expect((await task.logs())?.lines).toHaveLength(1), 10_000)
    await Promise.all([handler.close(), handler.close()])
    expect(await task.outcome({ timeoutMs: 10_000 })).toMatchObject({
      state: 'dead',
      error: { code: 'handler-closed' },
    })
    expect(await reasonOf(run())).toContain('was closed')
    await expect(handler.ready()).rejects.toMatchObject({ code: 'handler-closed' })
  })

  it('says before any task comes that its file is broken, by ready()', async () => {
    const broken = isolate('data:text/javascript,export default (payload) => payload +', {
      isolate: kind,
      execArgv: [],
    })
    const nameless = isolate(fileOf('handlers'), { isolate: kind, execArgv: [], name: 'nothing' })
    const good = isolate(fileOf('handlers'), { isolate: kind, execArgv: [] })
    open.push(broken, nameless, good)
    await expect(broken.ready()).rejects.toMatchObject({ name: 'IsolateError', code: 'handler-missing' })
    await expect(nameless.ready()).rejects.toMatchObject({ code: 'handler-missing' })
    expect(await good.ready()).toBe(undefined)
  })

  it('whose file spins while it is loaded is killed at the timeout', async () => {
    const broker = createBroker(memoryAdapter(), { logger })
    const handler = isolate(fileOf('spins-at-load'), { isolate: kind, execArgv: [], killAfterMs: 50 })
    open.push(handler, broker)
    const queue = broker.queue(defineQueue({ name: 'q', attempts: 1, timeoutMs: 500 }))
    queue.process(handler)
    expect(await reasonOf((await queue.enqueue(1)).result())).toContain('longer than 500 ms')
  })

  it('does two thousand tasks, one after the other and beside each other', { timeout: 60_000 }, async () => {
    const { queue } = scene('adds', { isolate: kind, size: 2, concurrency: 50 })
    for (let i = 0; i < 2; i++) {
      const tasks = await queue.enqueueAll(Array.from({ length: 1_000 }, (_, n) => ({ payload: n })))
      expect(await Promise.all(tasks.map((task) => task.result({ timeoutMs: 50_000 })))).toEqual(
        Array.from({ length: 1_000 }, (_, n) => n + 1),
      )
    }
  })
})

it('a process whose channel its handler closes ends, and its task fails', async () => {
  const { run } = scene('disconnects', { isolate: 'process' })
  expect(await reasonOf(run())).toContain('ended before the handler did')
})

it('a file that is not there is refused where the handler is made', () => {
  for (const kind of ['thread', 'process'] as const) {
    expect(() => isolate(fileOf('not-there'), { isolate: kind })).toThrow(IsolateError)
    expect(() => isolate(fileOf('not-there'))).toThrow(expect.objectContaining({ code: 'handler-missing' }))
  }
})
