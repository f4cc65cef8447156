import assert from 'node:assert/strict'
import { payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function pause(test: Test): void {
  test('gives a paused queue’s tasks to nobody, wherever the pause came from', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    await queue.add('1', { delayMs: 10 })
    assert.deepEqual(await elsewhere.driver.apply({ kind: 'pause' }), { changed: 1 })
    assert.deepEqual(await queue.driver.apply({ kind: 'pause' }), { changed: 0 })
    await scene.pass(20)
    const { at: _, ...reply } = await queue.worker().turn({ want: 10 })
    assert.deepEqual(reply, { stale: [], claimed: [], paused: true })
    await queue.add('2')
    const stats = await queue.driver.stats()
    assert.deepEqual([stats.paused, stats.waiting + stats.delayed], [true, 3])
    assert.deepEqual(await queue.driver.apply({ kind: 'resume' }), { changed: 1 })
    assert.deepEqual(await queue.driver.apply({ kind: 'resume' }), { changed: 0 })
    assert.equal((await queue.worker().claim()).length, 3)
  })

  test('notifies all listeners of a pause, and reports it in every turn until the queue is resumed', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    const heard = [await queue.hear(), await elsewhere.hear()]
    const worker = elsewhere.worker()
    await queue.add('1', '2')
    const { lease } = await worker.claimOne()
    await queue.driver.apply({ kind: 'pause' })
    await scene.eventually(() => heard.every((hints) => hints.count('paused') === 1), 'hints of the pause')
    // Also one that only settles.
    assert.equal((await worker.turn({ settlements: [{ kind: 'complete', lease }] })).paused, true)
    assert.equal((await queue.worker().turn({ want: 10 })).paused, true)
    await queue.driver.apply({ kind: 'resume' })
    assert.equal((await worker.turn({ want: 10 })).paused, undefined)
    await scene.pass(20)
    assert.deepEqual(
      heard.map((hints) => hints.count('paused')),
      [1, 1],
    )
  })

  test('lets what runs go on, and keeps what comes back', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1', '2', '3')
    const worker = queue.worker()
    const [a, b, c] = await worker.claim()
    await queue.driver.apply({ kind: 'pause' })
    assert.deepEqual(await queue.driver.extend([a!.lease], 30_000), ['held'])
    const settled = await worker.turn({
      settlements: [
        { kind: 'complete', lease: a!.lease },
        { kind: 'release', lease: b!.lease },
        { kind: 'retry', lease: c!.lease, delayMs: 0, charge: true },
      ],
      want: 10,
    })
    assert.deepEqual([settled.stale, settled.claimed], [[], []])
    await queue.assertStats({ waiting: 2, paused: true })
    await queue.driver.apply({ kind: 'resume' })
    assert.deepEqual(payloadsOf(await worker.claim()), ['2', '3'])
  })

  test('wakes an idle worker when the queue is resumed', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    const hints = await elsewhere.hear()
    await queue.driver.apply({ kind: 'pause' })
    await queue.add('1')
    await elsewhere.worker().waitForWork()
    const before = hints.count('work')
    await queue.driver.apply({ kind: 'resume' })
    await scene.eventually(() => hints.count('work') > before, 'a hint that there is work')
  })

  test('does the order with the highest number, whatever comes before or after it', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    const { driver } = queue
    const order = async (): Promise<unknown> => {
      const { paused, order: last } = await driver.stats()
      return [paused, last]
    }
    assert.deepEqual(await order(), [false, undefined])
    assert.deepEqual(await driver.apply({ kind: 'resume', order: 2 }), { changed: 0, order: 2 })
    assert.deepEqual(await driver.apply({ kind: 'pause', order: 1 }), { changed: 0, order: 2 })
    assert.deepEqual(await order(), [false, 2])
    assert.deepEqual(await elsewhere.driver.apply({ kind: 'pause', order: 5 }), { changed: 1, order: 5 })
    assert.deepEqual(await driver.apply({ kind: 'pause', order: 5 }), { changed: 0, order: 5 })
    assert.deepEqual(await driver.apply({ kind: 'resume', order: 4 }), { changed: 0, order: 5 })
    assert.deepEqual(await order(), [true, 5])
    await queue.add('1')
    assert.deepEqual(await queue.worker().claim(), [])
    assert.deepEqual(await driver.apply({ kind: 'resume', order: 6 }), { changed: 1, order: 6 })
    assert.equal((await queue.worker().claim()).length, 1)
    // Without a number it is done, and the numbers are as before.
    assert.deepEqual(await driver.apply({ kind: 'pause' }), { changed: 1 })
    assert.deepEqual(await order(), [true, 6])
  })

  test('counts a pause without a number as the first', async (scene) => {
    const { driver } = await scene.queue()
    await driver.apply({ kind: 'pause' })
    assert.deepEqual(await driver.apply({ kind: 'pause', order: 1 }), { changed: 0, order: 1 })
    assert.deepEqual(await driver.apply({ kind: 'resume', order: 2 }), { changed: 1, order: 2 })
  })
}
