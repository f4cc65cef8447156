import { createAppLogger, readEnv } from '@mq/app-kit'
import { feed, prodcons } from '@mq/contracts'
import type { Sighting } from '@mq/contracts'
import { bury, createBroker, defineQueue, unchecked } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { byKind } from '../src/by-kind.ts'
import { workerQueueEnv } from '../src/env.ts'
import { handle } from '../src/handle.ts'
import type { QueueHandler } from '../src/handle.ts'
import { startWorkers } from '../src/start-workers.ts'

async function begin(set: Readonly<Record<string, string>> = {}, handlers?: readonly QueueHandler[]) {
  const env = readEnv(workerQueueEnv, { CONCURRENCY: '4', WORK_MIN_MS: '0', WORK_MAX_MS: '5', ...set })
  const lines: string[] = []
  const logger = createAppLogger({ app: 'test', level: 'info', destination: { write: (line) => lines.push(line) } })
  const broker = createBroker(memoryAdapter(), { logger })
  onTestFinished(() => broker.close({ deadlineMs: 100 }))
  const service = await startWorkers({ broker, logger, instance: 'worker-1', env, handlers })
  return { broker, service, queue: broker.queue(prodcons), logged: () => lines.map((line) => JSON.parse(line)) }
}

describe('the worker of prodcons', () => {
  it('squares each element, logs it once, and tells the page', async () => {
    const { broker, queue, logged } = await begin()
    const sightings: Sighting[] = []
    await broker.channel(feed).subscribe(({ payload }) => sightings.push(payload))
    const tasks = await queue.enqueueAll([0, 7, 9].map((payload) => ({ payload })))
    const results = await Promise.all(tasks.map((task) => task.result()))
    expect(results.map(({ element, square, worker }) => [element, square, worker])).toEqual([
      [0, 0, 'worker-1'],
      [7, 49, 'worker-1'],
      [9, 81, 'worker-1'],
    ])
    const handled = logged().filter(({ msg }) => msg.startsWith('Task get'))
    const expected = tasks.map(({ id }, i) => [`Task get ${[0, 7, 9][i]}`, id])
    expect(new Set(handled.map(({ msg, id }) => `${msg} ${id}`))).toEqual(
      new Set(expected.map((each) => each.join(' '))),
    )
    expect(handled).toHaveLength(3)
    await vi.waitFor(() => expect(sightings).toHaveLength(3))
    expect(sightings).toContainEqual({ kind: 'task', id: tasks[1]?.id, attempt: 1, result: results[1] })
  })

  it('logs the id of the request that asked for the task', async () => {
    const { queue, logged } = await begin()
    await (await queue.enqueue(3, { headers: { 'request-id': 'req-7' } })).result()
    expect(logged()).toContainEqual(expect.objectContaining({ msg: 'Task get 3', requestId: 'req-7' }))
  })

  it('takes as long as it is told', async () => {
    const { queue } = await begin({ CONCURRENCY: '1', WORK_MIN_MS: '40', WORK_MAX_MS: '60' })
    const { tookMs } = await (await queue.enqueue(3)).result()
    expect(tookMs).toBeGreaterThanOrEqual(39)
  })

  it('says when it is closed what became of its tasks', async () => {
    const { service, logged } = await begin()
    await service.close({ deadlineMs: 1_000 })
    expect(logged().at(-1)).toMatchObject({ msg: 'worker closed', queue: 'prodcons', released: 0, abandoned: [] })
  })

  it('ends when an operator stopped it, with the deadline of the app, and says who did and what it cut off', async () => {
    const { broker, service, queue, logged } = await begin({
      WORK_MIN_MS: '60000',
      WORK_MAX_MS: '60000',
      GRACE_PERIOD_MS: '100',
    })
    const { id } = await queue.enqueue(3)
    await vi.waitFor(async () => expect((await queue.stats()).running).toBe(1))
    const [worker] = await broker.workers()
    expect(await broker.worker(worker!.id).stop({ by: 'ada' })).toBe('asked')
    await service.ended
    expect(logged().at(-1)).toMatchObject({
      msg: 'worker stopped by an operator',
      queue: 'prodcons',
      by: 'ada',
      cutOff: [id],
    })
    await service.close({ deadlineMs: 100 })
    expect(logged().filter(({ msg }) => /^worker (closed|stopped)/.test(msg))).toHaveLength(1)
  })

  it('lists when it is closed the tasks that it cut off, those that obeyed and those that did not', async () => {
    const { service, queue, logged } = await begin({ WORK_MIN_MS: '60000', WORK_MAX_MS: '60000' })
    const { id } = await queue.enqueue(3)
    await vi.waitFor(async () => expect((await queue.stats()).running).toBe(1))
    await service.close({ deadlineMs: 100 })
    expect(logged().at(-1)).toMatchObject({ msg: 'worker closed', cutOff: [id], abandoned: [] })
    expect((await queue.task(id).status()).state).toBe('waiting')
  })
})

describe('a queue with several kinds of tasks', () => {
  const letters = defineQueue({ name: 'letters', payload: unchecked<{ kind: 'hello' | 'bye'; to: string }>() })
  const handlers = [
    handle(letters, () => byKind({ hello: ({ to }) => `hello ${to}`, bye: () => bury('nobody leaves') }), {
      concurrency: 2,
    }),
  ]

  it('has a handler for each, with the options that its file gives', async () => {
    const { broker } = await begin({}, handlers)
    const task = await broker.queue(letters).enqueue({ kind: 'hello', to: 'Ada' })
    expect(await task.result()).toBe('hello Ada')
    expect(await broker.workers()).toMatchObject([{ queue: 'letters', concurrency: 2 }])
  })

  it('works on while one of its workers is left, and is ready then', async () => {
    const others = defineQueue({ name: 'others' })
    const { broker, service } = await begin({}, [...handlers, handle(others, () => () => undefined)])
    const stop = async (queue: string): Promise<void> => {
      const worker = (await broker.workers()).find((entry) => entry.queue === queue)
      await broker.worker(worker!.id).stop()
    }
    let hasEnded = false
    void service.ended?.then(() => (hasEnded = true))
    await stop('letters')
    await vi.waitFor(async () => expect(await broker.workers()).toMatchObject([{ queue: 'others' }]))
    await service.ready?.(AbortSignal.timeout(1_000))
    expect(hasEnded).toBe(false)
    await stop('others')
    await service.ended
  })

  it.each(['unheard-of', 'toString', '__proto__', ''])('buries one of the kind %j, and says so', async (kind) => {
    const { broker } = await begin({}, handlers)
    const task = await broker.queue('letters').enqueue({ kind, to: 'Ada' })
    expect(await task.outcome()).toMatchObject({ state: 'dead', reason: `unknown-kind: ${kind}` })
  })
})
