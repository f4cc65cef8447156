import assert from 'node:assert/strict'
import { assertRefused, payloadsOf } from '../../port-queue.ts'
import { sharing, sharingOf, SHARES, tasksOf } from '../../port-sharing.ts'
import type { Test } from '../../topic.ts'

export function keys(test: Test): void {
  test(
    'serves the keys in turn, whoever has how many tasks',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 50))
      await queue.add(...tasksOf('b', 2), ...tasksOf('c', 2))
      const claimed = payloadsOf(await queue.worker().claim(6))
      assert.deepEqual(claimed.slice(0, 3).sort(), ['"a1"', '"b1"', '"c1"'])
      assert.deepEqual(claimed.slice(3).sort(), ['"a2"', '"b2"', '"c2"'])
    }),
    SHARES,
  )

  test(
    'serves one that comes within a round, however many wait of another',
    sharing(async (queue) => {
      await queue.add(...tasksOf('loud', 1_000))
      const worker = queue.worker()
      await worker.claim(300)
      await queue.add(...tasksOf('quiet', 1))
      assert.ok(payloadsOf(await worker.claim(2)).includes('"quiet1"'))
    }),
    SHARES,
  )

  test(
    'does not let a key that comes again and again overtake others',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 20))
      const worker = queue.worker()
      const served: string[] = []
      for (let i = 0; i < 20; i++) {
        await queue.add(...tasksOf('b', 1))
        const [task] = await worker.claim(1)
        served.push(task!.payload)
        if (task!.payload !== '"b1"') continue
      }
      const ofA = served.filter((payload) => payload.startsWith('"a')).length
      assert.ok(ofA >= 9 && ofA <= 11, `a was served ${ofA} times of 20`)
    }),
    SHARES,
  )

  test(
    'serves tasks without a key as one more',
    sharing(async (queue) => {
      await queue.add(...Array.from({ length: 20 }, (_, i) => `"plain${i + 1}"`), ...tasksOf('a', 20))
      const claimed = payloadsOf(await queue.worker().claim(20))
      const ofA = claimed.filter((payload) => payload.startsWith('"a'))
      assert.ok(ofA.length >= 9 && ofA.length <= 11, `a was served ${ofA.length} times of 20`)
      assert.deepEqual(
        ofA,
        tasksOf('a', ofA.length).map(({ payload }) => payload),
      )
    }),
    SHARES,
  )

  test(
    'gives a key as much more as its tasks weigh',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 100), ...tasksOf('b', 100, { weight: 3 }))
      const claimed = payloadsOf(await queue.worker().claim(80))
      const ofB = claimed.filter((payload) => payload.startsWith('"b')).length
      assert.ok(ofB >= 58 && ofB <= 62, `b was served ${ofB} times of 80`)
    }),
    SHARES,
  )

  test(
    'lets no weight starve another key',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 1), ...tasksOf('b', 999, { weight: 1_000 }))
      await queue.add(...tasksOf('b', 999, { weight: 1_000 }))
      assert.ok(
        payloadsOf(await queue.worker().claim(1_000))
          .concat(payloadsOf(await queue.worker().claim(10)))
          .includes('"a1"'),
      )
    }),
    SHARES,
  )

  test(
    'keeps priority and order inside a key, and does not let a priority overtake other keys',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 3), ...tasksOf('b', 1))
      await queue.add({ key: 'a', payload: '"high"', level: 9 }, { key: 'a', payload: '"low"', level: 0 })
      const claimed = payloadsOf(await queue.worker().claim(10))
      assert.deepEqual(
        claimed.filter((payload) => payload !== '"b1"'),
        ['"high"', '"a1"', '"a2"', '"a3"', '"low"'],
      )
      assert.ok(claimed.indexOf('"b1"') < 2)
    }),
    SHARES,
  )

  test(
    'returns a task to the head of its key, in the order of their numbers',
    sharing(async (queue, scene) => {
      await queue.add(...tasksOf('a', 4))
      const worker = queue.worker()
      const [first, second] = await worker.claim(2)
      await worker.settle({ kind: 'release', lease: second!.lease })
      await worker.settle({ kind: 'release', lease: first!.lease })
      assert.deepEqual(payloadsOf(await worker.claim(3, { leaseMs: 1_000 })), ['"a1"', '"a2"', '"a3"'])
      await scene.pass(1_050)
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a1"', '"a2"', '"a3"', '"a4"'])
    }),
    SHARES,
  )

  test(
    'puts a retried task behind those of its level, and a delayed one when it is due',
    sharing(async (queue, scene) => {
      await queue.add(...tasksOf('a', 2), { key: 'a', payload: '"later"', delayMs: 1_000 })
      const worker = queue.worker()
      const [first] = await worker.claim(1)
      await worker.settle({ kind: 'retry', lease: first!.lease, delayMs: 0, charge: true })
      await scene.pass(1_050)
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a2"', '"a1"', '"later"'])
    }),
    SHARES,
  )

  test(
    'lists one key alone, and the tasks of it that wait, page by page',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 5), ...tasksOf('a:', 2), ...tasksOf('ab', 2), '"plain"')
      await queue.add({ key: 'a', payload: '"urgent"', level: 9 }, { key: 'a', payload: '"later"', delayMs: 60_000 })
      await queue.worker().claim(1)
      const [fact, ...others] = (await sharingOf(queue).keys({ limit: 10, only: 'a' })).keys
      assert.deepEqual([fact?.key, others], ['a', []])
      assert.ok(fact!.waiting + fact!.running === 6, `${fact!.waiting} wait, ${fact!.running} run`)
      assert.deepEqual((await sharingOf(queue).keys({ limit: 10, only: 'none' })).keys, [])
      for (const limit of [1, 2, 100]) {
        const found: string[] = []
        let after: string | undefined
        do {
          const page = await queue.driver.page({ state: 'waiting', key: 'a', limit, after, payloads: true })
          found.push(...page.tasks.map((task) => (task as { readonly payload: string }).payload))
          after = page.next
        } while (after !== undefined)
        const all = [...tasksOf('a', 5).map(({ payload }) => payload!), '"urgent"']
        assert.equal(found.length, fact!.waiting)
        assert.equal(new Set(found).size, found.length)
        assert.ok(
          found.every((payload) => all.includes(payload)),
          `pages of ${limit}: ${found.join(' ')}`,
        )
      }
      assert.deepEqual((await queue.driver.page({ state: 'waiting', key: 'none', limit: 10 })).tasks, [])
      await assertRefused(queue.driver.page({ state: 'running', key: 'a', limit: 10 }))
    }),
    SHARES,
  )
}
