import type { Receipt } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'

export function capacity(test: Test): void {
  test('takes what finds room, and refuses the rest', async (scene) => {
    const queue = await scene.queue()
    const receipts = await queue.offer(['1', '2', '3', '4'], { capacity: 3 })
    assert.deepEqual(states(receipts), ['accepted', 'accepted', 'accepted', 'full'])
    assert.deepEqual(states(await queue.offer(['5'], { capacity: 3 })), ['full'])
    assert.deepEqual(states(await queue.offer(['5'], { capacity: 4 })), ['accepted'])
    await queue.assertStats({ waiting: 4 })
  })

  test('takes all of an atomic batch or nothing', async (scene) => {
    const queue = await scene.queue()
    const batch = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]
    assert.deepEqual(states(await queue.offer(batch, { atomic: true, capacity: 2 })), ['full', 'full', 'full'])
    await queue.assertStats({})
    const receipts = await queue.offer(batch, { atomic: true, capacity: 3 })
    assert.deepEqual(states(receipts), ['accepted', 'accepted', 'accepted'])
    await queue.assertStats({ waiting: 3 })
  })

  test('takes nothing of an atomic batch with a conflict', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ id: 'a', payload: '1' })
    const receipts = await queue.offer(['"new"', { id: 'a', payload: '2' }, { id: 'b' }], { atomic: true })
    assert.equal(receipts[1]?.state, 'conflict')
    assert.ok(receipts.every(({ state }) => state !== 'accepted'))
    await queue.assertStats({ waiting: 1 })
    assert.equal((await queue.offer([{ id: 'b' }]))[0]?.state, 'accepted')
  })

  test('does not count delayed and running tasks', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"runs"', { delayMs: 60_000 })
    await queue.worker().claimOne()
    const receipts = await queue.offer(['1', { delayMs: 60_000 }, '2', { delayMs: 60_000 }], { capacity: 1 })
    assert.deepEqual(states(receipts), ['accepted', 'accepted', 'full', 'accepted'])
    await queue.assertStats({ waiting: 1, delayed: 3, running: 1 })
  })

  test('does not count cancelled tasks', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('1', '2')
    await queue.cancel(n!)
    assert.deepEqual(states(await queue.offer(['3', '4'], { capacity: 2 })), ['accepted', 'full'])
  })

  test('answers an id that is there although the queue is full', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ id: 'a' })
    assert.deepEqual(states(await queue.offer([{ id: 'a' }, { id: 'b' }], { capacity: 1 })), ['existing', 'full'])
  })

  test('notifies a refused producer when a claim makes room', async (scene) => {
    const queue = await scene.queue()
    const hints = await queue.hear()
    await queue.add('1')
    await queue.offer(['2'], { capacity: 1, awaitRoom: true })
    await scene.pass(40)
    assert.equal(hints.count('room'), 0)
    await (await scene.queueElsewhere()).worker().claimOne()
    await scene.eventually(() => hints.count('room') > 0, 'a hint that there is room')
  })

  test('notifies a refused producer when a cancellation makes room', async (scene) => {
    const queue = await scene.queue()
    const hints = await queue.hear()
    const [n] = await queue.add('1')
    await queue.offer(['2', '3'], { capacity: 1, atomic: true, awaitRoom: true })
    await (await scene.queueElsewhere()).cancel(n!)
    await scene.eventually(() => hints.count('room') > 0, 'a hint that there is room')
  })

  test('notifies a producer again that was refused again', async (scene) => {
    const queue = await scene.queue()
    const hints = await queue.hear()
    const worker = queue.worker()
    await queue.add('1')
    for (let round = 1; round <= 3; round++) {
      assert.deepEqual(states(await queue.offer(['2'], { capacity: 1, awaitRoom: true })), ['full'])
      await worker.claimOne()
      await scene.eventually(() => hints.count('room') >= round, `hint ${round} that there is room`)
      assert.deepEqual(states(await queue.offer(['2'], { capacity: 1, awaitRoom: true })), ['accepted'])
    }
  })
}

function states(receipts: readonly Receipt[]): string[] {
  return receipts.map(({ state }) => state)
}
