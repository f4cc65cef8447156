import assert from 'node:assert/strict'
import { payloads, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function leases(test: Test): void {
  test('answers for each lease whether it is held', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add(...payloads(4))
    const worker = queue.worker()
    const [held, completed, cancelled, retried] = (await worker.claim(4)).map(({ lease }) => lease)
    await worker.settle({ kind: 'complete', lease: completed! })
    await worker.settle({ kind: 'retry', lease: retried!, delayMs: 60_000, charge: false })
    await queue.cancel(numbers[2]!)
    const states = await queue.driver.extend([completed!, held!, cancelled!, retried!, 'nonsense'], 30_000)
    assert.deepEqual([...states], ['lost', 'held', 'cancelled', 'lost', 'lost'])
    assert.deepEqual(await queue.driver.extend([], 30_000), [])
  })

  test('leaves an extended lease with its worker', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"', '"b"')
    const [extended] = await queue.worker().claim(2, { leaseMs: 1_000 })
    await scene.pass(500)
    assert.deepEqual(await queue.driver.extend([extended!.lease], 5_000), ['held'])
    await scene.pass(600)
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"b"'])
    assert.deepEqual(await queue.worker().settle({ kind: 'complete', lease: extended!.lease }), [])
  })

  test('still counts a lease past its deadline that nobody recovered', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add('"a"', '"b"')
    const worker = queue.worker()
    const [a, b] = await worker.claim(2, { leaseMs: 1_000 })
    await scene.pass(1_050)
    await queue.assertStats({ running: 2 })
    assert.deepEqual(await queue.driver.extend([a!.lease], 30_000), ['held'])
    assert.deepEqual(await worker.settle({ kind: 'complete', lease: b!.lease }), [])
    assert.deepEqual(await queue.worker().claim(), [])
    assert.equal((await queue.outcome(numbers[1]!)).state, 'completed')
  })

  test('gives a task whose lease ran out to another worker, and charges a crash', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    const lost = await queue.worker().claimOne({ leaseMs: 1_000 })
    assert.deepEqual(await queue.worker().claim(), [])
    await scene.pass(1_050)
    const found = await (await scene.queueElsewhere()).worker().claimOne()
    assert.deepEqual([found.n, found.crashes, found.failures], [lost.n, 1, 0])
    assert.ok(found.fence > lost.fence)
    assert.deepEqual(await queue.driver.extend([lost.lease, found.lease], 30_000), ['lost', 'held'])
  })

  test('counts each crash of a task whose start was noted', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    for (let crashes = 0; crashes < 3; crashes++) {
      const task = await queue.worker().claimOne({ leaseMs: 1_000 })
      assert.equal(task.crashes, crashes)
      await queue.driver.note([{ lease: task.lease, kind: 'start', body: '' }])
      await scene.pass(1_050)
    }
  })

  test('charges a task that was not started with the first lost lease, and with no other', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    for (const [crashes, starts] of [
      [0, false],
      [1, false],
      [1, true],
      [2, false],
      [2, false],
    ] as const) {
      const task = await queue.worker().claimOne({ leaseMs: 1_000 })
      assert.equal(task.crashes, crashes)
      const start = { lease: task.lease, kind: 'start', body: '' } as const
      if (starts) assert.deepEqual(await queue.driver.note([start]), [true])
      await scene.pass(1_050)
    }
  })

  test('keeps the note of a start while its lease is extended, and not beyond it', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    const worker = queue.worker()
    await worker.claimOne({ leaseMs: 1_000 })
    await scene.pass(1_050)
    const { lease } = await worker.claimOne({ leaseMs: 1_000 })
    const start = { lease, kind: 'start', body: '' } as const
    assert.deepEqual(await queue.driver.note([start, start]), [true, true])
    for (let k = 0; k < 3; k++) assert.deepEqual(await queue.driver.extend([lease], 1_000), ['held'])
    await scene.pass(1_050)
    assert.equal((await worker.claimOne({ leaseMs: 1_000 })).crashes, 2)
    assert.deepEqual(await queue.driver.note([start]), [false])
    await scene.pass(1_050)
    assert.equal((await worker.claimOne()).crashes, 2)
  })

  test('puts recovered tasks to the heads of their levels, in their order', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(3), { payload: '"high"', level: 9 })
    assert.equal((await queue.worker().claim(4, { leaseMs: 1_000 })).length, 4)
    await queue.add('"newer"', { payload: '"newer high"', level: 9 })
    await scene.pass(1_050)
    const found = payloadsOf(await queue.worker().claim(100))
    assert.deepEqual(found, ['"high"', '"newer high"', '"1"', '"2"', '"3"', '"newer"'])
  })

  test('recovers hundreds at once, each once', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(300))
    await queue.worker().claim(300, { leaseMs: 1_000 })
    await scene.pass(1_050)
    const workers = [queue.worker(), queue.worker(), queue.worker()]
    const found = (await Promise.all(workers.map((worker) => worker.claim(100)))).flat()
    assert.deepEqual(payloadsOf(found).sort(), payloads(300).sort())
    assert.ok(found.every(({ crashes }) => crashes === 1))
  })

  test('gives back to the head, in order, and charges nothing', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(4))
    const worker = queue.worker()
    const [first, second, third] = await worker.claim(3)
    await worker.settle({ kind: 'complete', lease: second!.lease })
    await queue.add('"5"')
    await worker.settle({ kind: 'release', lease: first!.lease }, { kind: 'release', lease: third!.lease })
    const claimed = await worker.claim()
    assert.deepEqual(payloadsOf(claimed), ['"1"', '"3"', '"4"', '"5"'])
    assert.ok(claimed.every(({ failures, crashes }) => failures === 0 && crashes === 0))
  })
}
