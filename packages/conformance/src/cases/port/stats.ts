import assert from 'node:assert/strict'
import { payloads } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function stats(test: Test): void {
  test('counts each task once, wherever it is', async (scene) => {
    const queue = await scene.queue()
    await queue.assertStats({})
    const numbers = await queue.add(...payloads(8), { delayMs: 60_000 }, { delayMs: 60_000 })
    await queue.assertStats({ waiting: 8, delayed: 2 })
    const worker = queue.worker()
    const [a, b, c, d, e] = (await worker.claim(6)).map(({ lease }) => lease)
    await queue.assertStats({ waiting: 2, delayed: 2, running: 6 })
    await worker.settle({ kind: 'complete', lease: a! }, { kind: 'release', lease: b! })
    await queue.assertStats({ waiting: 3, delayed: 2, running: 4 })
    await worker.settle(
      { kind: 'retry', lease: c!, delayMs: 60_000, charge: true },
      { kind: 'bury', lease: d!, reason: 'broken', detail: '' },
      { kind: 'expire', lease: e! },
    )
    await queue.assertStats({ waiting: 3, delayed: 3, running: 1, dead: 1 })
    await queue.cancel(numbers[7]!)
    await queue.cancel(numbers[8]!)
    await queue.assertStats({ waiting: 2, delayed: 2, running: 1, dead: 1 })
    await queue.cancel(numbers[5]!)
    await queue.assertStats({ waiting: 2, delayed: 2, dead: 1 })
  })

  test('says of what is delayed how much is due, and for how long it has been, while nobody claims', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ delayMs: 1_000 }, { level: 9, delayMs: 1_500 }, { delayMs: 60_000 })
    const early = await queue.driver.stats()
    assert.deepEqual([early.delayed, early.overdue, early.oldestWaitMs], [3, 0, undefined])
    await scene.pass(2_100)
    const due = await queue.driver.stats()
    assert.deepEqual([due.waiting, due.delayed, due.overdue], [0, 3, 2])
    assert.ok(due.oldestWaitMs! >= 1_000 && due.oldestWaitMs! < 10_000, `oldestWaitMs is ${due.oldestWaitMs}`)
    await queue.worker().claim(1)
    const claimed = await queue.driver.stats()
    assert.deepEqual([claimed.waiting, claimed.delayed, claimed.overdue, claimed.running], [1, 1, 0, 1])
  })

  test('says of what runs how much was left by workers that are gone, while nobody claims', async (scene) => {
    const queue = await scene.queue()
    await queue.add('a', 'b', 'c')
    await queue.worker().claim(2, { leaseMs: 1_000 })
    await queue.worker().claim(1, { leaseMs: 60_000 })
    const held = await queue.driver.stats()
    assert.deepEqual([held.running, held.lapsed], [3, 0])
    await scene.pass(1_100)
    const left = await queue.driver.stats()
    assert.deepEqual([left.waiting, left.running, left.lapsed], [0, 3, 2])
    await queue.worker().claim(1)
    const recovered = await queue.driver.stats()
    assert.deepEqual([recovered.waiting, recovered.running, recovered.lapsed], [1, 2, 0])
  })

  test('is back at nothing when all is done', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    await queue.add(...payloads(500))
    const first = await worker.claim(500)
    await worker.settle(...first.map(({ lease }) => ({ kind: 'retry', lease, delayMs: 0, charge: true }) as const))
    const second = await worker.claim(500)
    const { stale, claimed } = await worker.turn({
      settlements: second.map(({ lease }) => ({ kind: 'complete', lease, result: 'null' })),
      want: 10,
    })
    assert.deepEqual([stale, claimed], [[], []])
    await queue.assertStats({})
  })
}
