import { MqError } from '@mq/core'
import type { Worker } from '@mq/core'
import assert from 'node:assert/strict'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'
import type { Gate } from '../../values.ts'

/** A worker whose handlers run until their gate opens, and tasks for it. */
async function heldWorker(
  scene: Scene,
  concurrency: number,
  tasks: number,
): Promise<{ worker: Worker; gates: Gate[] }> {
  const queue = scene.broker().queue('q')
  const gates: Gate[] = []
  const handler = (): Promise<void> => {
    const held = gate()
    gates.push(held)
    return held.promise
  }
  const worker = queue.process(handler, { concurrency, prefetch: false })
  await queue.enqueueAll(Array.from({ length: tasks }, (_, i) => ({ payload: i })))
  await scene.eventually(() => gates.length === Math.min(concurrency, tasks), 'its first starts')
  return { worker, gates }
}

export function adjusting(test: Test): void {
  test('runs more at once as soon as its concurrency is raised', async (scene) => {
    const { worker, gates } = await heldWorker(scene, 1, 5)
    worker.concurrency = 4
    assert.equal(worker.concurrency, 4)
    await scene.eventually(() => worker.stats().running === 4, 'four handlers')
    for (const { open } of gates) open()
    await scene.eventually(() => gates.length === 5, 'the last task')
    gates[4]!.open()
    await scene.during(worker.close())
  })

  test('cuts no handler when its concurrency is lowered, and starts none until fewer run', async (scene) => {
    const { worker, gates } = await heldWorker(scene, 3, 6)
    worker.concurrency = 1
    assert.equal(worker.stats().running, 3)
    for (const ended of [1, 2]) {
      gates[ended]!.open()
      await scene.eventually(() => worker.stats().running === 3 - ended, 'an end')
      await scene.pass(30)
      assert.equal(gates.length, 3)
    }
    gates[0]!.open()
    await scene.eventually(() => gates.length === 4, 'a start')
    await scene.pass(30)
    assert.deepEqual([gates.length, worker.stats().running], [4, 1])
    worker.concurrency = 10
    await scene.eventually(() => gates.length === 6, 'the others')
    for (const { open } of gates) open()
    await scene.during(worker.close())
    assert.deepEqual([worker.stats().completed, worker.stats().failed], [6, 0])
  })

  test('gives back what it held ahead for slots that are no more', async (scene) => {
    const queue = scene.broker().queue('q')
    const held = gate()
    let started = 0
    const handler = (payload: unknown): unknown => {
      started++
      return payload === 'quick' ? undefined : held.promise
    }
    const worker = scene.quickBroker().queue('q').process(handler, { concurrency: 4 })
    await queue.enqueueAll(Array.from({ length: 60 }, () => ({ payload: 'quick' })))
    await scene.eventually(() => started === 60, 'a worker that knows its tasks to be quick')
    await queue.enqueueAll(Array.from({ length: 30 }, () => ({ payload: 'slow' })))
    await scene.eventually(() => worker.stats().buffered > 0, 'tasks that are held ahead')
    worker.concurrency = 1
    assert.deepEqual([worker.stats().buffered, worker.stats().running], [0, 4])
    held.open()
    await scene.eventually(() => started === 90, 'all of them')
    await scene.during(worker.close())
    assert.equal(worker.stats().completed, 90)
  })

  test('refuses a concurrency that is none, and keeps the one it has', async (scene) => {
    const worker = scene
      .broker()
      .queue('q')
      .process(() => undefined, { concurrency: 2 })
    for (const wrong of [0, -1, 10_001, 1.5, Number.NaN, '3', undefined]) {
      assert.throws(() => (worker.concurrency = wrong as never), TypeError)
      assert.equal(worker.concurrency, 2)
    }
    await scene.during(worker.close())
  })

  test('claims again when it is resumed after it was quiet, as often as that happens', async (scene) => {
    const queue = scene.broker().queue('q')
    const worker = queue.process((n) => n)
    for (let round = 0; round < 3; round++) {
      assert.equal(await scene.during((await queue.enqueue(round)).result()), round)
      await scene.during(worker.quiet())
      const task = await queue.enqueue(`waits ${round}`)
      await scene.pass(30)
      assert.equal((await task.status()).state, 'waiting')
      await assert.rejects(scene.during(worker.ready()), (error) => MqError.is(error, 'closed'))
      worker.resume()
      assert.equal(await scene.during(task.result()), `waits ${round}`)
      await scene.during(worker.ready())
    }
    worker.resume()
    await scene.during(worker.close())
  })

  test('ends a quiet that is under way when it is resumed, and waits for the newest', async (scene) => {
    const queue = scene.broker().queue('q')
    const worker = queue.process((n) => n)
    await scene.during(worker.ready())
    const first = worker.quiet()
    worker.resume()
    await scene.during(first)
    assert.equal(await scene.during((await queue.enqueue(1)).result()), 1)
    const second = worker.quiet()
    worker.resume()
    const third = worker.quiet()
    await scene.during(Promise.all([second, third]))
    const task = await queue.enqueue(2)
    await scene.pass(50)
    assert.equal((await task.status()).state, 'waiting')
    await scene.during(worker.close())
  })

  test('is not resumed once it closes', async (scene) => {
    const queue = scene.broker().queue('q')
    const worker = queue.process((n) => n)
    const closing = worker.close()
    const isClosed = (error: unknown): boolean => MqError.is(error, 'closed')
    assert.throws(() => worker.resume(), isClosed)
    await scene.during(closing)
    assert.throws(() => worker.resume(), isClosed)
    worker.concurrency = 3
    const task = await queue.enqueue(1)
    await scene.pass(30)
    assert.equal((await task.status()).state, 'waiting')
  })
}
