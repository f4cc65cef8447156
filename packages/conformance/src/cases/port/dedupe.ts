import assert from 'node:assert/strict'
import { numberOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const key = (windowMs: number, name = 'k'): { dedupe: { key: string; windowMs: number } } => ({
  dedupe: { key: name, windowMs },
})

export function dedupe(test: Test): void {
  test('takes tasks with one key for one task while the window lasts, whatever their payload', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    const n = numberOf((await queue.offer([{ payload: '1', ...key(60_000) }]))[0])
    assert.deepEqual(await elsewhere.offer([{ payload: '2', ...key(60_000) }]), [{ state: 'existing', n }])
    assert.equal((await queue.offer([{ payload: '2', ...key(60_000, 'other') }]))[0]?.state, 'accepted')
    await queue.assertStats({ waiting: 2 })
  })

  test('does so when the task has ended, too', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    const [n] = await queue.add(key(60_000))
    await worker.settle({ kind: 'complete', lease: (await worker.claimOne()).lease })
    assert.deepEqual(await queue.offer([key(60_000)]), [{ state: 'existing', n }])
  })

  test('takes a new one when the window is over, though the first still waits', async (scene) => {
    const queue = await scene.queue()
    const [first] = await queue.add(key(2_000))
    await scene.pass(100)
    assert.equal(numberOf((await queue.offer([key(2_000)]))[0]), first)
    await scene.pass(1_950)
    const second = numberOf((await queue.offer([key(2_000)]))[0])
    assert.notEqual(second, first)
    assert.deepEqual(await queue.offer([key(2_000)]), [{ state: 'existing', n: second }])
  })

  test('finds one task in one batch', async (scene) => {
    const queue = await scene.queue()
    const receipts = await queue.offer([key(60_000), { payload: '"other"' }, key(60_000)])
    assert.deepEqual(
      receipts.map(({ state }) => state),
      ['accepted', 'accepted', 'existing'],
    )
    assert.equal(numberOf(receipts[0]), numberOf(receipts[2]))
  })

  test('needs room for one task where a batch holds several with one key', async (scene) => {
    const queue = await scene.queue()
    const receipts = await queue.offer([key(60_000), { payload: '2', ...key(60_000) }], { atomic: true, capacity: 1 })
    assert.deepEqual(
      receipts.map(({ state }) => state),
      ['accepted', 'existing'],
    )
    await queue.assertStats({ waiting: 1 })
  })

  test('keeps keys apart from own ids', async (scene) => {
    const queue = await scene.queue()
    const [a] = await queue.add({ id: 'k' })
    const [b] = await queue.add(key(60_000))
    assert.notEqual(a, b)
    assert.deepEqual(await queue.read({ id: 'k' }), { state: 'waiting', n: a })
  })
}
