import assert from 'node:assert/strict'
import { payloadsOf } from '../../port-queue.ts'
import type { PortQueue } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

/** Tasks with these payloads, each of which lost one lease. */
async function lostOnce(scene: Scene, ...tasks: string[]): Promise<PortQueue> {
  const queue = await scene.queue()
  await queue.add(...tasks)
  await queue.worker().claim(tasks.length, { leaseMs: 1_000 })
  await scene.pass(1_050)
  return queue
}

export function suspects(test: Test): void {
  test('leaves tasks that lost so many leases, and says so', async (scene) => {
    const queue = await lostOnce(scene, '1', '2')
    await queue.add('3')
    const worker = queue.worker()
    assert.deepEqual(await worker.turn({ want: 10, suspectFrom: 1 }), { stale: [], claimed: [], suspects: true })
    const { claimed, suspects: left } = await worker.turn({ want: 10, suspectFrom: 2 })
    assert.deepEqual([payloadsOf(claimed), left], [['1', '2', '3'], undefined])
  })

  test('gives what stands before one, and the one to a turn that takes any', async (scene) => {
    const queue = await lostOnce(scene, '1', '2')
    await queue.add({ payload: '"high"', level: 9 })
    const worker = queue.worker()
    const before = await worker.turn({ want: 10, suspectFrom: 1 })
    assert.deepEqual([payloadsOf(before.claimed), before.suspects], [['"high"'], true])
    assert.deepEqual(payloadsOf(await worker.claim(1)), ['1'])
    const after = await worker.turn({ want: 10, suspectFrom: 1 })
    assert.deepEqual([after.claimed, after.suspects], [[], true])
  })

  test('says nothing of suspects when it got all it wanted', async (scene) => {
    const queue = await lostOnce(scene, '1')
    await queue.add({ payload: '"high"', level: 9 })
    const { claimed, suspects: left } = await queue.worker().turn({ want: 1, suspectFrom: 1 })
    assert.deepEqual([payloadsOf(claimed), left], [['"high"'], undefined])
  })

  test('wakes another worker for what it leaves', async (scene) => {
    const queue = await lostOnce(scene, '1')
    const elsewhere = await scene.queueElsewhere()
    const hints = await elsewhere.hear()
    await queue.driver.apply({ kind: 'pause' })
    await elsewhere.worker().waitForWork()
    await queue.driver.apply({ kind: 'resume' })
    await scene.eventually(() => hints.count('work') > 0, 'a hint of the resumption')
    await queue.driver.apply({ kind: 'pause' })
    await elsewhere.worker().waitForWork()
    const before = hints.count('work')
    await queue.driver.apply({ kind: 'resume' })
    await queue.worker().turn({ want: 10, suspectFrom: 1 })
    await scene.eventually(() => hints.count('work') > before, 'a hint that there is work')
  })
}
