import { defineQueue } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate, wholeNumber } from '../../values.ts'

const HOUR_MS = 3_600_000
const numbers = defineQueue({ name: 'q', payload: wholeNumber, maxPayloadBytes: 4 })

export function changing(test: Test): void {
  test('promotes a delayed task from any process, and a sleeping worker runs it', async (scene) => {
    const queue = scene.broker().queue('q')
    const worker = queue.process((n) => n)
    await scene.during(worker.ready())
    const task = await queue.enqueue(7, { delayMs: HOUR_MS })
    assert.equal(await scene.broker().queue('q').task(task.id).promote(), 'changed')
    assert.equal(await scene.during(task.result()), 7)
    await scene.during(worker.close())
  })

  test('promotes a task that waits for its next attempt', async (scene) => {
    const retried = defineQueue({ name: 'q', backoff: { kind: 'fixed', baseMs: HOUR_MS, jitter: 0 } })
    const queue = scene.broker().queue(retried)
    const attempts: number[] = []
    const worker = queue.process((_, { attempt }) => {
      attempts.push(attempt)
      if (attempt === 1) throw new Error('not yet')
    })
    const task = await queue.enqueue(1)
    await scene.eventually(async () => (await task.status()).state === 'delayed', 'a pause before the next attempt')
    assert.equal(await task.promote(), 'changed')
    await scene.during(task.result())
    assert.deepEqual(attempts, [1, 2])
    await scene.during(worker.close())
  })

  test('reschedules a task, sooner and later, by its own id', async (scene) => {
    const queue = scene.broker().queue('q')
    const task = await queue.enqueue(1, { id: 'own' })
    assert.equal(await queue.task('own').reschedule({ delayMs: HOUR_MS }), 'changed')
    const { state, dueInMs = 0 } = await task.status()
    assert.ok(state === 'delayed' && dueInMs > HOUR_MS / 2, `${state}, due in ${dueInMs}`)
    const worker = queue.process((n) => n)
    assert.equal(await task.reschedule({ delayMs: 30 }), 'changed')
    assert.equal(await scene.during(task.result()), 1)
    await scene.during(worker.close())
  })

  test('runs a task before others whose priority was raised', async (scene) => {
    const queue = scene.broker().queue('q')
    const tasks = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }, { payload: 3 }])
    assert.equal(await tasks[2]!.changePriority(9), 'changed')
    assert.equal(await tasks[0]!.changePriority(0), 'changed')
    const ran: unknown[] = []
    const worker = queue.process((n) => void ran.push(n), { concurrency: 1 })
    await scene.eventually(() => ran.length === 3, 'all of them')
    assert.deepEqual(ran, [3, 2, 1])
    await scene.during(worker.close())
  })

  test('gives a task another payload, which its schema takes', async (scene) => {
    const queue = scene.broker().queue(numbers)
    const task = await queue.enqueue(1, { id: 'own' })
    await assertCode(task.update('2' as never), 'invalid-payload')
    await assertCode(task.update(12_345), 'payload-too-large')
    assert.equal(await queue.task('own').update(7), 'changed')
    assert.equal((await queue.enqueue(7, { id: 'own' })).existing, true)
    await assertCode(queue.enqueue(1, { id: 'own' }), 'id-conflict')
    const worker = queue.process((n) => n)
    assert.equal(await scene.during(task.result()), 7)
    await scene.during(worker.close())
  })

  test('is too late for a task that runs, has ended, or never was', async (scene) => {
    const queue = scene.broker().queue('q')
    const held = gate()
    const begun = gate()
    const worker = queue.process(async () => {
      begun.open()
      await held.promise
    })
    const task = await queue.enqueue(1)
    await scene.during(begun.promise)
    const all = async (id: string): Promise<readonly string[]> => {
      const handle = queue.task(id)
      const changes = [handle.promote(), handle.reschedule({ delayMs: 5 }), handle.changePriority(1), handle.update(2)]
      return Promise.all(changes)
    }
    const late = Array.from({ length: 4 }, () => 'too-late')
    assert.deepEqual(await all(task.id), late)
    held.open()
    await scene.during(task.outcome())
    assert.deepEqual(await all(task.id), late)
    assert.deepEqual(await all('never-there'), late)
    await scene.during(worker.close())
  })

  test('refuses what is no delay and no priority', async (scene) => {
    const task = scene.broker().queue('q').task('own')
    for (const delayMs of [-1, 0.5, Number.NaN, '7', undefined]) {
      await assertCode(task.reschedule({ delayMs } as never), 'invalid-options')
    }
    await assertCode(task.reschedule({ delayMs: 1, priority: 4 } as never), 'invalid-options')
    await assertCode(task.reschedule(undefined as never), 'invalid-options')
    for (const priority of [-1, 10, 4.5, '4', undefined]) {
      await assertCode(task.changePriority(priority as never), 'invalid-options')
    }
  })
}
