import { defineQueue } from '@mq/core'
import type { Context } from '@mq/core'
import assert from 'node:assert/strict'
import { countsOf, EMPTY_STATS } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { dateFromText, gate, wholeNumber } from '../../values.ts'

const sums = defineQueue({ name: 'sums', payload: wholeNumber, result: wholeNumber })

export function handling(test: Test): void {
  test('hands a payload to a handler, and its result to who enqueued it', async (scene) => {
    const queue = scene.broker().queue(sums)
    queue.process((n) => n + 1)
    const task = await queue.enqueue(41)
    assert.equal(await scene.during(task.result()), 42)
  })

  test('works over two participants, untyped', async (scene) => {
    const here = scene.broker().queue('plain')
    scene
      .broker()
      .queue('plain')
      .process((payload) => ({ got: payload }))
    const task = await here.enqueue({ a: [1, 'zwei', null, { b: true }] })
    assert.deepEqual(await scene.during(task.result()), { got: { a: [1, 'zwei', null, { b: true }] } })
  })

  test('parses a payload and a result on their way out', async (scene) => {
    const days = defineQueue({ name: 'days', payload: dateFromText, result: dateFromText })
    const queue = scene.broker().queue(days)
    queue.process((day) => new Date(day.getTime() + 86_400_000).toISOString())
    const task = await queue.enqueue('2024-02-28T00:00:00Z')
    assert.equal((await scene.during(task.result())).toISOString(), '2024-02-29T00:00:00.000Z')
  })

  test('gives a handler its context', async (scene) => {
    const queue = scene.broker().queue('context')
    const contexts: Context[] = []
    queue.process((_, context) => void contexts.push(context))
    const before = Date.now()
    const own = await queue.enqueue(1, { id: 'own:1', headers: { trace: 'x-1' } })
    const plain = await queue.enqueue(2)
    await scene.during(Promise.all([own.result(), plain.result()]))
    const [first, second] = contexts
    assert.ok(first && second)
    assert.deepEqual([first.id, first.attempt, { ...first.headers }], ['own:1', 1, { trace: 'x-1' }])
    assert.deepEqual([second.id, { ...second.headers }], [plain.id, {}])
    assert.match(plain.id, /^n\d{15,}$/)
    assert.ok(first.fence < second.fence)
    assert.ok(Math.abs(first.enqueuedAt - before) < 86_400_000)
    assert.equal(first.signal.aborted, false)
    first.logger.info({}, 'a handler can log')
  })

  test('takes null, and nothing at all, for a result', async (scene) => {
    const queue = scene.broker().queue('results')
    queue.process((payload) => (payload === 'null' ? null : undefined))
    const [withNull, without] = [await queue.enqueue('null'), await queue.enqueue('nothing')]
    assert.equal(await scene.during(withNull.result()), null)
    assert.equal(await scene.during(without.result()), undefined)
  })

  test('runs each of many tasks once, over several workers', async (scene) => {
    const brokers = [scene.broker(), scene.broker()]
    const runs = new Map<unknown, number>()
    for (const broker of [...brokers, ...brokers]) {
      broker.queue('many').process(async (n) => {
        await new Promise(setImmediate)
        runs.set(n, (runs.get(n) ?? 0) + 1)
        return n
      })
    }
    const queue = brokers[0]!.queue('many')
    const tasks = await Promise.all(Array.from({ length: 600 }, (_, n) => queue.enqueue(n)))
    const results = await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.deepEqual(results, [...Array(600).keys()])
    assert.ok(runs.size === 600 && [...runs.values()].every((count) => count === 1))
    assert.deepEqual(countsOf(await queue.stats()), { ...EMPTY_STATS, waiting: 0, delayed: 0 })
  })

  test('runs as many handlers at once as it may, and no more', async (scene) => {
    const queue = scene.broker().queue('at-once')
    const end = gate()
    let running = 0
    let most = 0
    const worker = queue.process(
      async () => {
        most = Math.max(most, ++running)
        await end.promise
        running--
      },
      { concurrency: 7 },
    )
    const tasks = await queue.enqueueAll(Array.from({ length: 30 }, (_, payload) => ({ payload })))
    await scene.eventually(() => running === 7, 'seven handlers at once')
    await scene.pass(30)
    assert.equal(running, 7)
    assert.equal(worker.stats().running, 7)
    end.open()
    await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.equal(most, 7)
    assert.deepEqual([worker.stats().completed, worker.stats().failed], [30, 0])
  })

  test('prefetches nothing when so configured', async (scene) => {
    const queue = scene.broker().queue('no-prefetch')
    const end = gate()
    queue.process(() => end.promise, { concurrency: 2, prefetch: false })
    await queue.enqueueAll(Array.from({ length: 10 }, (_, payload) => ({ payload })))
    await scene.eventually(async () => (await queue.stats()).running === 2, 'two running tasks')
    await scene.pass(30)
    assert.deepEqual(countsOf(await queue.stats()), { ...EMPTY_STATS, waiting: 8, delayed: 0, running: 2, dead: 0 })
    end.open()
  })

  test('starts at once on a task that comes while its worker sleeps', async (scene) => {
    const broker = scene.broker()
    const queue = broker.queue('idle')
    queue.process((n) => n)
    scene
      .broker()
      .queue('idle')
      .process((n) => n)
    await scene.pass(50)
    for (let n = 0; n < 20; n++) {
      const task = await queue.enqueue(n)
      assert.equal(await scene.during(task.result()), n)
    }
  })
}
