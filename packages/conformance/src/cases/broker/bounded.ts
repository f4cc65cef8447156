import { defineQueue } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode, countsOf, EMPTY_STATS } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

const rejecting = defineQueue({ name: 'bounded', capacity: { size: 2, whenFull: 'reject' } })
const waiting = defineQueue({ name: 'bounded', capacity: { size: 2 } })

export function bounded(test: Test): void {
  test('refuses a task when the queue is full', async (scene) => {
    const queue = scene.broker().queue(rejecting)
    await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    await assertCode(queue.enqueue(3), 'queue-full')
    await assertCode(queue.enqueueAll([{ payload: 3 }]), 'queue-full')
    await queue.enqueue('later', { delayMs: 60_000 })
    assert.deepEqual(countsOf(await queue.stats()), { ...EMPTY_STATS, waiting: 2, delayed: 1 })
  })

  test('waits for room, over participants, and keeps everybody in line', async (scene) => {
    const queue = scene.broker().queue(waiting)
    const enqueued: number[] = []
    const all = Array.from({ length: 12 }, async (_, n) => {
      await queue.enqueue(n)
      enqueued.push(n)
    })
    await scene.eventually(() => enqueued.length === 2, 'two tasks')
    await scene.pass(30)
    assert.deepEqual([enqueued.length, (await queue.stats()).waiting], [2, 2])
    const ran: unknown[] = []
    scene
      .broker()
      .queue(waiting)
      .process((n) => void ran.push(n), { concurrency: 1 })
    await scene.during(Promise.all(all))
    await scene.eventually(() => ran.length === 12, 'twelve runs')
    assert.deepEqual(ran, [...Array(12).keys()])
  })

  test('never has more tasks waiting than it may', async (scene) => {
    const queue = scene.broker().queue(waiting)
    const elsewhere = scene.broker().queue(waiting)
    const all = Array.from({ length: 20 }, (_, n) => (n % 2 ? queue : elsewhere).enqueue(n))
    let most = 0
    let done = 0
    scene
      .broker()
      .queue(waiting)
      .process(
        async () => {
          most = Math.max(most, (await queue.stats()).waiting)
          done++
        },
        { concurrency: 1, prefetch: false },
      )
    await scene.during(Promise.all(all))
    await scene.eventually(() => done === 20, 'twenty runs')
    assert.ok(most <= 2, `${most} waited`)
  })

  test('stops waiting for room at a signal, and stores nothing', async (scene) => {
    const queue = scene.broker().queue(waiting)
    await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    const controller = new AbortController()
    const reason = new Error('enough')
    const waits = [
      assert.rejects(queue.enqueue('single', { signal: controller.signal }), reason),
      assert.rejects(queue.enqueueAll([{ payload: 'batch' }], { signal: controller.signal }), reason),
    ]
    await scene.pass(30)
    controller.abort(reason)
    await scene.during(Promise.all(waits))
    const ran: unknown[] = []
    queue.process((n) => void ran.push(n))
    await scene.eventually(() => ran.length === 2, 'two runs')
    await scene.pass(50)
    assert.deepEqual(ran, [1, 2])
  })

  test('refuses a batch that can never fit, and one with a conflict at once', async (scene) => {
    const queue = scene.broker().queue(waiting)
    await assertCode(queue.enqueueAll([{ payload: 1 }, { payload: 2 }, { payload: 3 }]), 'batch-too-large')
    await queue.enqueue(1, { id: 'own' })
    const conflicting = queue.enqueueAll([{ payload: 'new' }, { payload: 2, id: 'own' }])
    await assertCode(scene.during(conflicting), 'id-conflict')
    assert.equal((await queue.stats()).waiting, 1)
  })

  test('ends the waiting for room when the broker closes', async (scene) => {
    const broker = scene.broker()
    const queue = broker.queue(waiting)
    await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    const wait = assertCode(scene.during(queue.enqueue(3)), 'closed')
    await scene.pass(20)
    await scene.during(broker.close())
    await wait
  })

  test('counts neither running nor delayed tasks', async (scene) => {
    const queue = scene.broker().queue(rejecting)
    const end = gate()
    queue.process(() => end.promise, { concurrency: 2, prefetch: false })
    await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    await scene.eventually(async () => (await queue.stats()).running === 2, 'two running tasks')
    await queue.enqueueAll([{ payload: 3 }, { payload: 4 }])
    await assertCode(queue.enqueue(5), 'queue-full')
    end.open()
  })
}
