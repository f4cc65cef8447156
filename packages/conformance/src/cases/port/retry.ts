import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'

export function retry(test: Test): void {
  test('charges a failure when asked to, and only then', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    const worker = queue.worker()
    const failures: number[] = []
    for (const charge of [true, false, true, false, true]) {
      const task = await worker.claimOne()
      failures.push(task.failures)
      assert.equal(task.crashes, 0)
      await worker.settle({ kind: 'retry', lease: task.lease, delayMs: 0, charge })
    }
    assert.deepEqual(failures, [0, 1, 1, 2, 2])
    assert.equal((await worker.claimOne()).failures, 3)
  })

  test('keeps a retried task back until it is due', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('"a"')
    const worker = queue.worker()
    const first = await worker.claimOne()
    await worker.settle({ kind: 'retry', lease: first.lease, delayMs: 150, charge: true })
    const reading = await queue.read(n!)
    assert.ok(reading.state === 'delayed' && reading.dueInMs <= 150)
    await queue.assertStats({ delayed: 1 })
    await scene.eventually(
      async () => (await queue.driver.stats()).running > 0 || (await worker.claim()).length > 0,
      'it',
    )
    const again = await queue.read(n!)
    assert.equal(again.state, 'running')
  })

  test('never gives a retried task early', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    const worker = queue.worker()
    const first = await worker.claimOne()
    await worker.settle({ kind: 'retry', lease: first.lease, delayMs: 120, charge: true })
    let again = await worker.claim()
    await scene.eventually(async () => again.length > 0 || (again = await worker.claim()).length > 0, 'the retry')
    assert.ok(again[0]!.claimedAt - first.claimedAt >= 120, `after ${again[0]!.claimedAt - first.claimedAt} ms`)
    assert.equal(again[0]!.enqueuedAt, first.enqueuedAt)
  })

  test('keeps level, header and payload of a retried task', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ payload: '"high"', level: 8, header: '{"h":1}' }, '"low"')
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await worker.settle({ kind: 'retry', lease, delayMs: 0, charge: true })
    const { payload, header } = await worker.claimOne()
    assert.deepEqual([payload, header], ['"high"', '{"h":1}'])
  })
}
