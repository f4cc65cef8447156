import { MqError, defineQueue } from '@mq/core'
import assert from 'node:assert/strict'
import { countsOf, EMPTY_STATS } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { aborted, gate } from '../../values.ts'

export function closing(test: Test): void {
  test('claims nothing more when quiet, and lets run what runs', async (scene) => {
    const queue = scene.broker().queue('q')
    const end = gate()
    const worker = queue.process(() => end.promise, { concurrency: 1, prefetch: false })
    const first = await queue.enqueue(1)
    await scene.eventually(() => worker.stats().running === 1, 'a start')
    await scene.during(worker.quiet())
    await scene.during(worker.quiet())
    const second = await queue.enqueue(2)
    end.open()
    await scene.during(first.result())
    await scene.pass(50)
    assert.equal((await second.status()).state, 'waiting')
    const { completed, abandoned } = await scene.during(worker.close())
    assert.deepEqual([completed, abandoned], [0, []])
  })

  test('waits for the handlers when it closes, and reports them', async (scene) => {
    const queue = scene.broker().queue('q')
    const end = gate()
    const worker = queue.process(() => end.promise, { concurrency: 3, prefetch: false })
    const tasks = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }, { payload: 3 }, { payload: 4 }])
    await scene.eventually(() => worker.stats().running === 3, 'three starts')
    const closed = worker.close({ deadlineMs: 5_000 })
    await scene.pass(20)
    end.open()
    const report = await scene.during(closed)
    assert.deepEqual({ ...report, abandoned: [...report.abandoned] }, { completed: 3, released: 0, abandoned: [] })
    assert.deepEqual(await scene.during(worker.close()), report)
    assert.equal((await tasks[3]!.status()).state, 'waiting')
    for (const task of tasks.slice(0, 3)) assert.equal((await task.status()).state, 'completed')
  })

  test('aborts handlers before the deadline, and releases what still runs, uncharged', async (scene) => {
    const queue = scene.broker().queue('q')
    const never = gate()
    let reason: unknown
    const worker = queue.process(async (_, { signal }) => {
      reason = await aborted(signal)
      await never.promise
    })
    const task = await queue.enqueue(1, { id: 'stuck' })
    await scene.eventually(() => worker.stats().running === 1, 'a start')
    const report = await scene.during(worker.close({ deadlineMs: 100 }))
    assert.deepEqual([report.completed, [...report.abandoned]], [0, ['stuck']])
    assert.ok(MqError.is(reason, 'closed'))
    queue.process((_, { attempt }) => `attempt ${attempt}`)
    assert.equal(await scene.during(task.result()), 'attempt 1')
    never.open()
  })

  test('charges nothing to a handler that ends because the worker closes', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 1 }))
    const worker = queue.process(async (_, { signal }) => {
      throw await aborted(signal)
    })
    const task = await queue.enqueue(1)
    await scene.eventually(() => worker.stats().running === 1, 'a start')
    const { abandoned } = await scene.during(worker.close({ deadlineMs: 100 }))
    assert.deepEqual([...abandoned], [])
    queue.process((_, { attempt }) => `attempt ${attempt}`)
    assert.equal(await scene.during(task.result()), 'attempt 1')
  })

  test('gives back what it had prefetched: each task still runs once', async (scene) => {
    const broker = scene.broker()
    const queue = broker.queue('q')
    const runs = new Map<unknown, number[]>()
    const handler = async (n: unknown, { attempt }: { readonly attempt: number }): Promise<void> => {
      await new Promise(setImmediate)
      runs.set(n, [...(runs.get(n) ?? []), attempt])
    }
    const tasks = await queue.enqueueAll(Array.from({ length: 900 }, (_, payload) => ({ payload })))
    const worker = queue.process(handler, { concurrency: 2 })
    await scene.eventually(() => runs.size > 50, 'fifty runs')
    const report = await scene.during(worker.close())
    const done = runs.size
    assert.equal(worker.stats().completed, done)
    assert.deepEqual([...report.abandoned], [])
    assert.deepEqual(countsOf(await queue.stats()), { ...EMPTY_STATS, waiting: 900 - done, delayed: 0 })
    scene.broker().queue('q').process(handler)
    await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.ok(runs.size === 900 && [...runs.values()].every(([attempt, ...more]) => attempt === 1 && more.length === 0))
  })

  test('closes a worker at a signal, and by disposal', async (scene) => {
    const queue = scene.broker().queue('q')
    const controller = new AbortController()
    queue.process(() => 1, { signal: controller.signal })
    const disposed = queue.process(() => 2)
    await scene.during(disposed[Symbol.asyncDispose]())
    assert.equal(await scene.during((await queue.enqueue(0)).result()), 1)
    controller.abort()
    await scene.pass(100)
    const task = await queue.enqueue(0)
    await scene.pass(100)
    assert.equal((await task.status()).state, 'waiting')
  })

  test('closes a worker that has just begun', async (scene) => {
    const queue = scene.broker().queue('q')
    await queue.enqueue(1)
    const report = await scene.during(queue.process(() => 1).close())
    assert.deepEqual([...report.abandoned], [])
    const { waiting, running } = await queue.stats()
    assert.equal(running, 0)
    assert.ok(waiting === 1 || report.completed === 1)
  })

  test('calls wrong options of a worker a mistake of the program', async (scene) => {
    const queue = scene.broker().queue('q')
    for (const options of [{ concurrency: 0 }, { concurrency: 1.5 }, { leaseMs: 999 }, { concurency: 5 }]) {
      assert.throws(() => queue.process(() => 1, options), TypeError)
    }
    assert.throws(() => queue.process('handler' as never), TypeError)
  })
}
