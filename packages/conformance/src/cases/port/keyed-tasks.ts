import assert from 'node:assert/strict'
import { payloadsOf } from '../../port-queue.ts'
import { keysOf, sharing, sharingOf, SHARES, tasksOf } from '../../port-sharing.ts'
import type { Test } from '../../topic.ts'

export function keyedTasks(test: Test): void {
  test(
    'keeps the key of a task over changes of its priority, its time and its payload',
    sharing(async (queue, scene) => {
      const [first, second, third] = await queue.add(...tasksOf('a', 3))
      assert.equal(await queue.change({ n: third! }, { level: 9 }), 'changed')
      assert.equal(await queue.change({ n: second! }, { delayMs: 1_000 }), 'changed')
      assert.equal(await queue.change({ n: first! }, { payload: '"new"' }), 'changed')
      assert.deepEqual(
        (await keysOf(queue)).map(({ key, waiting }) => [key, waiting]),
        [['a', 2]],
      )
      const worker = queue.worker()
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a3"', '"new"'])
      await scene.pass(1_050)
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a2"'])
      assert.deepEqual(
        (await keysOf(queue)).map(({ key, running }) => [key, running]),
        [['a', 3]],
      )
    }),
    SHARES,
  )

  test(
    'keeps the key of a dead letter that starts a new life',
    sharing(async (queue) => {
      const [number] = await queue.add(...tasksOf('a', 1))
      const worker = queue.worker()
      const { lease } = await worker.claimOne()
      await worker.settle({ kind: 'bury', lease, reason: 'broken', detail: '' })
      assert.deepEqual(await keysOf(queue), [])
      await queue.driver.apply({ kind: 'redrive', tasks: [{ n: number!, delayMs: 0 }] })
      assert.deepEqual(
        (await keysOf(queue)).map(({ key, waiting, running }) => [key, waiting, running]),
        [['a', 1, 0]],
      )
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a1"'])
    }),
    SHARES,
  )

  test(
    'forgets a key that has nothing more, however its tasks ended',
    sharing(async (queue, scene) => {
      const numbers = await queue.add(...tasksOf('a', 8), { key: 'a', payload: '"later"', delayMs: 60_000 })
      const worker = queue.worker()
      const tasks = await worker.claim(6, { leaseMs: 60_000 })
      const lease = (i: number): string => tasks[i]!.lease
      await worker.settle(
        { kind: 'complete', lease: lease(0) },
        { kind: 'bury', lease: lease(1), reason: 'broken', detail: '' },
        { kind: 'expire', lease: lease(2) },
      )
      assert.equal(await queue.cancel(tasks[3]!.n), 'cancelled')
      await worker.settle({ kind: 'release', lease: lease(4) })
      assert.deepEqual(
        (await keysOf(queue)).map(({ key, waiting, running }) => [key, waiting, running]),
        [['a', 3, 1]],
      )
      assert.equal(await queue.cancel(numbers[8]!), 'cancelled')
      await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: 'no', limit: 1_000 })
      await worker.settle({ kind: 'complete', lease: lease(5) })
      assert.deepEqual(await keysOf(queue), [])
      await queue.assertStats({ dead: 1 })
      await scene.pass(10)
      assert.deepEqual(await worker.claim(10), [])
    }),
    SHARES,
  )

  test(
    'counts, pages, replaces and displaces them like others',
    sharing(async (queue) => {
      const [first] = await queue.add({ ...tasksOf('a', 1)[0], id: 'mine' }, ...tasksOf('b', 3), '"plain"')
      await queue.assertStats({ waiting: 5 })
      const pages: string[] = []
      let after: string | undefined
      do {
        const page = await queue.driver.page({ state: 'waiting', limit: 2, after, payloads: true })
        pages.push(...page.tasks.map((task) => ('payload' in task ? task.payload : '')))
        after = page.next
      } while (after !== undefined)
      assert.deepEqual(pages.sort(), ['"a1"', '"b1"', '"b2"', '"b3"', '"plain"'])
      const [receipt] = await queue.offer([{ ...tasksOf('c', 1)[0], id: 'mine', replace: true }])
      assert.equal(receipt!.state, 'accepted')
      assert.equal((await queue.outcome(first!)).state, 'cancelled')
      assert.deepEqual(
        (await keysOf(queue)).map(({ key, waiting }) => [key, waiting]),
        [
          ['b', 3],
          ['c', 1],
        ],
      )
      await queue.offer(tasksOf('d', 1), { capacity: 2, displace: true })
      await queue.assertStats({ waiting: 2, dead: 4, displaced: 4 })
      const left = await keysOf(queue)
      assert.equal(
        left.reduce((sum, { waiting }) => sum + waiting, 0),
        2,
      )
    }),
    SHARES,
  )

  test(
    'takes any text as a key, and keeps keys apart',
    sharing(async (queue) => {
      const names = ['a', 'a\0', 'a\0b', '', ' ', '\n', '|', '0', '10', '😀', 'ä', 'x'.repeat(256)].filter(
        (name) => name !== '',
      )
      await queue.add(...names.flatMap((name) => tasksOf(name, 2)))
      assert.deepEqual(
        (await keysOf(queue, 3)).map(({ key, waiting }) => [key, waiting]),
        [...names].sort().map((name) => [name, 2]),
      )
      const worker = queue.worker()
      const firsts = await worker.claim(names.length)
      assert.deepEqual(payloadsOf(firsts).sort(), names.map((name) => JSON.stringify(`${name}1`)).sort())
      await worker.settle(...firsts.map(({ lease }) => ({ kind: 'complete', lease }) as const))
      assert.equal((await worker.claim(100)).length, names.length)
    }),
    SHARES,
  )

  test(
    'says of a key what waits and runs, and since when',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 3), ...tasksOf('b', 1), '"plain"')
      await queue.worker().claim(3)
      const [a, b] = await keysOf(queue, 1)
      assert.deepEqual([a!.key, a!.waiting, a!.running, a!.heldBack], ['a', 2, 1, undefined])
      assert.ok(a!.nextEnqueuedAt! > 1_600_000_000_000)
      assert.deepEqual([b!.key, b!.waiting, b!.running, b!.nextEnqueuedAt], ['b', 0, 1, undefined])
      const facts = await queue.driver.inspect({ n: (await queue.add(...tasksOf('a', 1)))[0]! })
      assert.deepEqual([facts.key, facts.ahead, facts.heldBack], ['a', 2, undefined])
    }),
    SHARES,
  )

  test(
    'refuses what is no key, no weight and no page',
    sharing(async (queue) => {
      const refused = (task: object): Promise<void> => assert.rejects(queue.offer([task]), { code: 'storage-refused' })
      await refused({ key: '' })
      await refused({ key: 'x'.repeat(257) })
      await refused({ key: 1 })
      await refused({ key: 'a', weight: 0 })
      await refused({ key: 'a', weight: 1.5 })
      await refused({ key: 'a', weight: 1_001 })
      await assert.rejects(sharingOf(queue).keys({ limit: 0 }), { code: 'storage-refused' })
      await assert.rejects(sharingOf(queue).keys({ limit: 1, after: 1 as never }), { code: 'invalid-options' })
      await queue.assertStats({})
    }),
    SHARES,
  )
}
