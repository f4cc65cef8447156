import { defineQueue } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode, countsOf, EMPTY_STATS } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

const displacing = defineQueue({ name: 'q', capacity: { size: 2, whenFull: 'displace' } })

export function operating(test: Test): void {
  test('pauses and resumes a queue from any process', async (scene) => {
    const queue = scene.broker().queue('q')
    const ran: unknown[] = []
    const worker = scene
      .broker()
      .queue('q')
      .process((n) => void ran.push(n))
    await scene.during((await queue.enqueue(1)).result())
    assert.equal(await queue.pause(), true)
    assert.equal(await queue.pause(), false)
    await queue.enqueue(2)
    await scene.pass(100)
    assert.deepEqual([ran, (await queue.stats()).paused], [[1], true])
    assert.equal(await queue.resume(), true)
    await scene.eventually(() => ran.length === 2, 'the task that waited')
    await scene.during(worker.close())
  })

  test('gives back what is held and not started when the queue is paused', async (scene) => {
    const queue = scene.broker().queue('q')
    const started: unknown[] = []
    const held = gate()
    const handler = (payload: unknown): unknown => {
      started.push(payload)
      return payload === 'quick' ? undefined : held.promise
    }
    const worker = scene.quickBroker().queue('q').process(handler, { concurrency: 1 })
    await queue.enqueueAll(Array.from({ length: 30 }, () => ({ payload: 'quick' })))
    await scene.eventually(() => started.length === 30, 'a worker that knows its tasks to be quick')
    await queue.enqueueAll(Array.from({ length: 10 }, (_, i) => ({ payload: i })))
    await scene.eventually(() => worker.stats().buffered > 0, 'tasks that are held ahead')
    await queue.pause()
    await scene.pass(20)
    held.open()
    await scene.pass(50)
    assert.deepEqual(started.slice(30), [0])
    const { waiting, running, paused } = await queue.stats()
    assert.deepEqual([waiting, running, paused], [9, 0, true])
    await queue.resume()
    await scene.eventually(() => started.length === 40, 'all of them, in their order')
    assert.deepEqual(started.slice(30), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    await scene.during(worker.close())
  })

  test('drains: resolves when nothing waits, is delayed or runs', async (scene) => {
    const queue = scene.broker().queue('q')
    await scene.during(queue.drain())
    const held = gate()
    await queue.enqueue(1)
    await queue.enqueue(2, { delayMs: 50 })
    let drained = false
    const draining = queue.drain().then(() => (drained = true))
    queue.process(() => held.promise)
    await scene.pass(80)
    assert.equal(drained, false)
    held.open()
    await scene.during(draining)
    assert.deepEqual(countsOf(await queue.stats()), EMPTY_STATS)
  })

  test('stops draining at its signal', async (scene) => {
    const queue = scene.broker().queue('q')
    await queue.enqueue(1)
    await assertCode(scene.during(queue.drain({ timeoutMs: 50 })), 'wait-timeout')
    const reason = new Error('enough')
    const stop = new AbortController()
    const draining = queue.drain({ signal: stop.signal })
    stop.abort(reason)
    await assert.rejects(scene.during(draining), reason)
  })

  test('purges what has not started, and notifies callers that await it', async (scene) => {
    const queue = scene.broker().queue('q')
    const tasks = await queue.enqueueAll([{ payload: 1 }, { payload: 2, delayMs: 60_000 }, { payload: 3, priority: 9 }])
    const waiting = assertCode(scene.during(tasks[0]!.result()), 'task-cancelled')
    assert.equal(await queue.purge({ state: 'delayed' }), 1)
    assert.equal(await queue.purge({ reason: 'tidy' }), 2)
    await waiting
    const outcome = await tasks[2]!.outcome()
    assert.deepEqual([outcome.state, outcome.state === 'cancelled' && outcome.reason], ['cancelled', 'tidy'])
    assert.deepEqual(countsOf(await queue.stats()), EMPTY_STATS)
    await assert.rejects(queue.purge({ state: 'running' as never }), { code: 'invalid-options' })
  })

  test('purges thousands', async (scene) => {
    const queue = scene.broker().queue('q')
    for (let i = 0; i < 3; i++) await queue.enqueueAll(Array.from({ length: 1_000 }, () => ({ payload: i })))
    assert.equal(await queue.purge(), 3_000)
  })

  test('displaces the oldest task of a full queue, as a dead letter', async (scene) => {
    const queue = scene.broker().queue(displacing)
    const [first] = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    await queue.enqueue(3)
    await queue.enqueue('urgent', { priority: 9 })
    const outcome = await first!.outcome()
    assert.deepEqual([outcome.state, outcome.state === 'dead' && outcome.reason], ['dead', 'displaced'])
    assert.deepEqual(countsOf(await queue.stats()), { ...EMPTY_STATS, waiting: 2, dead: 2, displaced: 2 })
    assert.deepEqual(
      (await queue.dead.list({ reason: 'displaced' })).map(({ payload }) => payload),
      [2, 1],
    )
  })

  test('takes tasks with one key for one task', async (scene) => {
    const queue = scene.broker().queue('q')
    const dedupe = { key: 'invoice 7', windowMs: 60_000 }
    const [a, b] = await scene.during(Promise.all([queue.enqueue(1, { dedupe }), queue.enqueue(2, { dedupe })]))
    assert.equal(a.id, b.id)
    assert.equal((await queue.stats()).waiting, 1)
    await assert.rejects(queue.enqueue(1, { dedupe, id: 'own' }), { code: 'invalid-options' })
    await assert.rejects(queue.enqueue(1, { dedupe: { key: '', windowMs: 1 } }), { code: 'invalid-options' })
    await assert.rejects(queue.enqueue(1, { dedupe: { key: 'k', windowMs: 0 } }), { code: 'invalid-options' })
    await assert.rejects(queue.enqueue(1, { dedupe: { key: 'k', windowMs: 1, more: 1 } as never }), {
      code: 'invalid-options',
    })
  })

  test('obliterates a queue that nobody works on, and says so where somebody does', async (scene) => {
    const broker = scene.broker()
    const queue = broker.queue('q')
    const task = await queue.enqueue(1, { id: 'mine' })
    let finish = (): void => undefined
    const worker = queue.process(() => new Promise<void>((resolve) => (finish = resolve)))
    await scene.eventually(async () => (await queue.stats()).running === 1, 'a running task')
    await assert.rejects(scene.during(queue.obliterate()), { code: 'queue-in-use', details: { inUse: 'tasks' } })
    finish()
    await scene.during(task.outcome())
    await scene.during(worker.close({ deadlineMs: 1_000 }))
    await scene.during(queue.obliterate())
    assert.equal((await scene.during(task.outcome())).state, 'unknown')
    const again = await queue.enqueue(2, { id: 'mine' })
    queue.process((payload) => payload)
    assert.equal(await scene.during(again.result()), 2)
  })
}
