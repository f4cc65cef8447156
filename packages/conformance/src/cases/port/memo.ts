import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'

const memo = (lease: string, body: string): { lease: string; kind: 'memo'; body: string } => ({
  lease,
  kind: 'memo',
  body,
})

export function memos(test: Test): void {
  test('gives a task’s last memo to its next run, and to that one only', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1', '2')
    const worker = queue.worker()
    const [task, other] = await worker.claim()
    assert.equal(task!.memo, undefined)
    assert.deepEqual(await queue.driver.note([memo(task!.lease, 'a'), memo(task!.lease, 'b')]), [true, true])
    await worker.settle(
      { kind: 'retry', lease: task!.lease, delayMs: 0, charge: true },
      { kind: 'retry', lease: other!.lease, delayMs: 0, charge: true },
    )
    const again = await worker.claim()
    assert.deepEqual(
      again.map(({ payload, memo: text }) => [payload, text]),
      [
        ['1', 'b'],
        ['2', undefined],
      ],
    )
    await worker.settle({ kind: 'release', lease: again[0]!.lease })
    assert.equal((await worker.claimOne()).memo, 'b')
  })

  test('keeps it over a lost lease, and from whoever lost it', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1')
    const old = await queue.worker().claimOne({ leaseMs: 1_000 })
    await queue.driver.note([memo(old.lease, 'mine')])
    await scene.pass(1_050)
    const task = await queue.worker().claimOne()
    assert.equal(task.memo, 'mine')
    assert.deepEqual(await queue.driver.note([memo(old.lease, 'late'), memo(task.lease, 'new')]), [false, true])
    await queue.worker().settle({ kind: 'release', lease: task.lease })
    assert.equal((await queue.worker().claimOne()).memo, 'new')
  })

  test('is no progress, and progress is no memo', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('1')
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await queue.driver.note([memo(lease, 'm'), { lease, kind: 'progress', body: '50' }])
    assert.deepEqual(await queue.read(n!), { state: 'running', n, progress: '50' })
    await worker.settle({ kind: 'retry', lease, delayMs: 0, charge: false })
    assert.equal((await worker.claimOne()).memo, 'm')
  })

  test('ends with the life of its task', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('1')
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    await queue.driver.note([memo(lease, 'm')])
    await worker.settle({ kind: 'bury', lease, reason: 'broken', detail: '' })
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n: n!, delayMs: 0 }] })
    const again = await worker.claimOne()
    assert.equal(again.memo, undefined)
    await worker.settle({ kind: 'release', lease: again.lease })
    assert.equal((await worker.claimOne()).memo, undefined)
  })
}
