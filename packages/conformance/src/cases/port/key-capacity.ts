import assert from 'node:assert/strict'
import type { Receipt } from '@mq/core'
import { payloadsOf } from '../../port-queue.ts'
import { keysOf, sharing, SHARES, tasksOf } from '../../port-sharing.ts'
import type { Test } from '../../topic.ts'

const TWO = { keyCapacity: 2 }

const states = (receipts: readonly Receipt[]): string[] =>
  receipts.map((receipt) => (receipt.state === 'full' && receipt.of ? `full of ${receipt.of}` : receipt.state))

export function keyCapacity(test: Test): void {
  test(
    'takes of each key what finds room there, and counts tasks without a key for none',
    sharing(async (queue) => {
      const batch = [...tasksOf('a', 3), ...tasksOf('b', 1), '"plain"', '"plain"', '"plain"']
      const taken = 'accepted'
      assert.deepEqual(states(await queue.offer(batch, TWO)), [taken, taken, 'full of key', taken, taken, taken, taken])
      assert.deepEqual(states(await queue.offer(tasksOf('a', 1), TWO)), ['full of key'])
      assert.deepEqual(states(await queue.offer(tasksOf('b', 2), TWO)), [taken, 'full of key'])
      // Both bounds hold.
      const both = { keyCapacity: 3, capacity: 8 }
      assert.deepEqual(states(await queue.offer([...tasksOf('a', 2), '"plain"'], both)), [taken, 'full', 'full'])
      await queue.assertStats({ waiting: 8 })
    }),
    SHARES,
  )

  test(
    'counts neither what runs nor what is delayed, and makes room when one is claimed or cancelled',
    sharing(async (queue, scene) => {
      const hints = await queue.hear()
      await queue.add(...tasksOf('a', 1))
      await queue.worker().claimOne()
      const [n] = await queue.add(...tasksOf('a', 2))
      const later = { ...tasksOf('a', 1)[0], delayMs: 60_000 }
      const awaiting = { ...TWO, awaitRoom: true }
      assert.deepEqual(states(await queue.offer([later, ...tasksOf('a', 1)], awaiting)), ['accepted', 'full of key'])
      assert.equal(await queue.cancel(n!), 'cancelled')
      await scene.eventually(() => hints.count('room') === 1, 'a hint that there is room')
      assert.deepEqual(states(await queue.offer(tasksOf('a', 2), awaiting)), ['accepted', 'full of key'])
      await (await scene.queueElsewhere()).worker().claimOne()
      await scene.eventually(() => hints.count('room') === 2, 'another hint that there is room')
    }),
    SHARES,
  )

  test(
    'takes all of an atomic batch or nothing',
    sharing(async (queue) => {
      const batch = [...tasksOf('b', 1), ...tasksOf('a', 3)]
      const receipts = await queue.offer(batch, { ...TWO, atomic: true })
      assert.deepEqual(
        receipts.map(({ state }) => state),
        ['full', 'full', 'full', 'full'],
      )
      assert.equal(states(receipts)[3], 'full of key')
      await queue.assertStats({})
      await queue.offer(batch.slice(0, 3), { ...TWO, atomic: true })
      await queue.assertStats({ waiting: 3 })
    }),
    SHARES,
  )

  test(
    'gives the place of a task of the key to the one that replaces it, and no other',
    sharing(async (queue) => {
      await queue.add({ ...tasksOf('a', 1)[0], id: 'mine' }, ...tasksOf('a', 1), ...tasksOf('b', 2))
      const replacing = (key: string) => ({ ...tasksOf(key, 1)[0], id: 'mine', replace: true })
      assert.deepEqual(states(await queue.offer([replacing('b')], TWO)), ['full of key'])
      assert.deepEqual(states(await queue.offer([replacing('a')], TWO)), ['accepted'])
      assert.deepEqual(states(await queue.offer([replacing('a'), replacing('a')], TWO)), ['accepted', 'accepted'])
      assert.deepEqual(
        (await keysOf(queue)).map(({ key, waiting }) => [key, waiting]),
        [
          ['a', 2],
          ['b', 2],
        ],
      )
    }),
    SHARES,
  )

  test(
    'displaces the oldest of the lowest level of the key, and none of another',
    sharing(async (queue) => {
      const [high] = tasksOf('a', 1, { level: 9 })
      await queue.add({ ...high, payload: '"high"' }, ...tasksOf('a', 2), ...tasksOf('b', 2), '"plain"')
      const displacing = { keyCapacity: 3, displace: true }
      const newer = { ...tasksOf('a', 1)[0], payload: '"newer"' }
      assert.deepEqual(states(await queue.offer([newer, ...tasksOf('b', 1)], displacing)), ['accepted', 'accepted'])
      await queue.assertStats({ waiting: 7, dead: 1, displaced: 1 })
      const [letter] = await queue.driver.list({ state: 'dead', limit: 10, payloads: true })
      assert.deepEqual([letter?.reason, letter?.payload], ['displaced', '"a1"'])
      // Of its own batch, too.
      await queue.offer(tasksOf('c', 5), { keyCapacity: 2, displace: true })
      const served = payloadsOf(await queue.worker().claim(20))
      assert.deepEqual(
        served.filter((payload) => payload.startsWith('"c')),
        ['"c4"', '"c5"'],
      )
      assert.deepEqual(
        served.filter((payload) => !/^"[bcp]/.test(payload)),
        ['"high"', '"a2"', '"newer"'],
      )
    }),
    SHARES,
  )

  test(
    'answers a repeated batch as before',
    sharing(async (queue) => {
      const [task] = tasksOf('a', 1)
      const tasks = [1, 2, 3].map(() => ({ level: 4, delayMs: 0, header: '', payload: '1', ...task }))
      const batch = { lane: 'again', seq: 1, atomic: false, keyCapacity: 2, tasks }
      const first = await queue.driver.enqueue(batch)
      assert.deepEqual(states(first), ['accepted', 'accepted', 'full of key'])
      assert.deepEqual(await queue.driver.enqueue(batch), first)
      await queue.assertStats({ waiting: 2 })
    }),
    SHARES,
  )
}
