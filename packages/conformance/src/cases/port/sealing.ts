import type { Receipt } from '@mq/core'
import assert from 'node:assert/strict'
import { SHARES } from '../../port-sharing.ts'
import type { Test } from '../../topic.ts'

const SEALS = { seals: true }
const statesOf = (receipts: readonly Receipt[]): string[] => receipts.map(({ state }) => state)
const ofKey = (key: string) => ({ key, header: JSON.stringify({ key }) })

/** Of a partition of a queue that was divided anew. */
export function sealing(test: Test): void {
  test(
    'takes only tasks whose key has some that have not ended, from then on and of everybody',
    async (scene) => {
      const queue = await scene.queue()
      await queue.add(ofKey('a'), { ...ofKey('later'), delayMs: 60_000 })
      const states = statesOf(await queue.offer([ofKey('a'), ofKey('b'), ofKey('later'), '1'], SEALS))
      assert.deepEqual(states, ['accepted', 'moved', 'accepted', 'moved'])
      const worker = queue.worker()
      const claimed = await worker.claim(10)
      assert.equal(claimed.length, 3)
      // One of the key runs.
      assert.deepEqual(statesOf(await queue.offer([ofKey('a'), ofKey('b')])), ['accepted', 'moved'])
      const all = [...claimed, ...(await worker.claim(10))]
      await worker.turn({ settlements: all.map(({ lease }) => ({ kind: 'complete', lease })) })
      assert.deepEqual(statesOf(await queue.offer([ofKey('a'), ofKey('later')])), ['moved', 'accepted'])
    },
    SHARES,
  )

  test('answers again what was stored before, and knows the ids that it has', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add({ id: 'known' })
    const task = { level: 4, delayMs: 0, header: '', payload: '1' }
    const batch = { lane: 'before.0', seq: 1, atomic: false, tasks: [task] }
    const stored = await queue.driver.enqueue(batch)
    const receipts = await queue.offer([{ id: 'known' }, { id: 'new' }], SEALS)
    assert.deepEqual(receipts, [{ state: 'existing', n }, { state: 'moved' }])
    assert.deepEqual(await queue.driver.enqueue(batch), stored)
    assert.deepEqual(statesOf(await queue.driver.enqueue({ ...batch, seq: 2 })), ['moved'])
  })

  test('stores nothing of a batch that is not at home as a whole', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ id: 'known' })
    const receipts = await queue.offer([{ id: 'known' }, { id: 'new' }], { ...SEALS, atomic: true })
    assert.deepEqual(statesOf(receipts), ['full', 'moved'])
    await queue.assertStats({ waiting: 1 })
  })

  test('retires once nothing is left, and takes nothing then', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1')
    const retire = async (): Promise<number> => (await queue.driver.apply({ kind: 'retire' })).changed
    assert.equal(await retire(), 0)
    await queue.assertStats({ waiting: 1 })
    assert.deepEqual(statesOf(await queue.offer(['2'])), ['moved'])
    const worker = queue.worker()
    const [task] = await worker.claim(1)
    assert.equal(await retire(), 0)
    await worker.turn({ settlements: [{ kind: 'complete', lease: task!.lease }], keepResults: false })
    assert.equal(await retire(), 1)
    assert.deepEqual(statesOf(await queue.offer(['3'])), ['moved'])
    assert.equal(await retire(), 1)
  })
}
