import assert from 'node:assert/strict'
import { assertRefused, newTask } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function repeatedEnqueue(test: Test): void {
  test('answers a repeated batch as the first time, and adds nothing', async (scene) => {
    const queue = await scene.queue()
    const batch = { lane: 'p', seq: 1, atomic: false, tasks: [newTask('"a"'), newTask({ id: 'own', delayMs: 5_000 })] }
    const receipts = await queue.driver.enqueue(batch)
    assert.deepEqual(await queue.driver.enqueue(batch), receipts)
    assert.deepEqual(await (await scene.queueElsewhere()).driver.enqueue(batch), receipts)
    await queue.assertStats({ waiting: 1, delayed: 1 })
  })

  test('answers a repeated batch as the first time when its tasks have run since', async (scene) => {
    const queue = await scene.queue()
    const batch = { lane: 'p', seq: 1, atomic: false, tasks: [newTask('"a"')] }
    const receipts = await queue.driver.enqueue(batch)
    const worker = queue.worker()
    await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease })
    assert.deepEqual(await queue.driver.enqueue(batch), receipts)
    await queue.assertStats({})
  })

  test('answers a refused batch the same when there is room now', async (scene) => {
    const queue = await scene.queue()
    const batch = { lane: 'p', seq: 1, atomic: true, capacity: 1, tasks: [newTask('"a"'), newTask('"b"')] }
    const receipts = await queue.driver.enqueue(batch)
    assert.deepEqual(receipts, [{ state: 'full' }, { state: 'full' }])
    assert.deepEqual(await queue.driver.enqueue({ ...batch, capacity: 10 }), receipts)
    await queue.assertStats({})
  })

  test('refuses a number older than the last of its lane', async (scene) => {
    const queue = await scene.queue()
    const batch = { lane: 'p', seq: 7, atomic: false, tasks: [newTask('"a"')] }
    await queue.driver.enqueue(batch)
    await assertRefused(queue.driver.enqueue({ ...batch, seq: 6 }))
    await queue.assertStats({ waiting: 1 })
  })

  test('refuses what comes late of a lane that ended, whatever its number', async (scene) => {
    const queue = await scene.queue()
    const batch = { lane: 'p', seq: 7, atomic: false, tasks: [newTask('"a"')] }
    await queue.driver.enqueue(batch)
    await queue.driver.endLanes([
      { lane: 'p', seq: 7 },
      { lane: 'other', seq: 1 },
    ])
    for (const seq of [6, 7]) await assertRefused(queue.driver.enqueue({ ...batch, seq }))
    await assertRefused(queue.driver.enqueue({ ...batch, lane: 'other', seq: 1 }))
    await queue.assertStats({ waiting: 1 })
  })

  test('takes the same number on another lane for another batch', async (scene) => {
    const queue = await scene.queue()
    const batch = { lane: 'p', seq: 1, atomic: false, tasks: [newTask('"a"')] }
    const [first] = await queue.driver.enqueue(batch)
    const [second] = await queue.driver.enqueue({ ...batch, lane: 'q' })
    assert.notDeepEqual(first, second)
    await queue.assertStats({ waiting: 2 })
  })
}
