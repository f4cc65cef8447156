import assert from 'node:assert/strict'
import { payloadsOf } from '../../port-queue.ts'
import { keysOf, setLimits, sharing, SHARES, tasksOf } from '../../port-sharing.ts'
import type { Test } from '../../topic.ts'

const ONE = { perKey: { concurrency: 1 } }

export function keyLimits(test: Test): void {
  test(
    'gives no key more leases than it may have, and the next when one ends',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 5), ...tasksOf('b', 1), '"plain1"', '"plain2"', '"plain3"')
      const worker = queue.worker({ limits: { perKey: { concurrency: 2 } } })
      const { claimed, leasesLeft, heldBack } = await worker.turn({ want: 10 })
      assert.deepEqual(payloadsOf(claimed).sort(), ['"a1"', '"a2"', '"b1"', '"plain1"', '"plain2"', '"plain3"'])
      assert.deepEqual([leasesLeft, heldBack], [0, true])
      assert.deepEqual(
        (await keysOf(queue)).map(({ key, heldBack: by }) => [key, by]),
        [
          ['a', { scope: 'key', by: 'concurrency', limit: 2 }],
          ['b', undefined],
        ],
      )
      const first = claimed.find(({ payload }) => payload === '"a1"')!
      const next = await worker.claim(10, { settlements: [{ kind: 'complete', lease: first.lease }] })
      assert.deepEqual(payloadsOf(next), ['"a3"'])
    }),
    SHARES,
  )

  test(
    'keeps strict order with one at a time, over releases and lost leases',
    sharing(async (queue, scene) => {
      await queue.add(...tasksOf('a', 3), ...tasksOf('b', 3))
      const worker = queue.worker({ limits: ONE, leaseMs: 1_000 })
      assert.deepEqual(payloadsOf(await worker.claim(10)).sort(), ['"a1"', '"b1"'])
      assert.deepEqual(await worker.claim(10), [])
      await scene.pass(1_050)
      const again = await worker.claim(10, { leaseMs: 60_000 })
      assert.deepEqual(payloadsOf(again).sort(), ['"a1"', '"b1"'])
      const release = again.map(({ lease }) => ({ kind: 'release', lease }) as const)
      const third = await worker.claim(10, { settlements: release, leaseMs: 60_000 })
      assert.deepEqual(payloadsOf(third).sort(), ['"a1"', '"b1"'])
      const done = third.map(({ lease }) => ({ kind: 'complete', lease }) as const)
      assert.deepEqual(payloadsOf(await worker.claim(10, { settlements: done })).sort(), ['"a2"', '"b2"'])
    }),
    SHARES,
  )

  test(
    'says how long the oldest of those waits that a limit holds back, or whose turn comes later',
    sharing(async (queue, scene) => {
      const oldest = async (): Promise<number | undefined> => (await queue.driver.stats()).oldestWaitMs
      await queue.add(...tasksOf('loud', 3))
      await scene.pass(300)
      await queue.add(...tasksOf('b', 2), ...tasksOf('c', 2))
      const worker = queue.worker({ limits: ONE })
      // Keys that have no turn because one of theirs runs, then none at all.
      for (const want of [1, 10]) {
        await worker.claim(want)
        const waited = await oldest()
        assert.ok(waited !== undefined && waited >= 299, `${waited}`)
      }
    }),
    SHARES,
  )

  test(
    'frees the place of a task that is cancelled, buried, retried, expired or completed',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 6))
      const worker = queue.worker({ limits: ONE })
      const served: string[] = []
      const next = async (): Promise<string> => {
        const [task] = await worker.claim(1)
        served.push(task!.payload)
        return task!.lease
      }
      await worker.settle({ kind: 'complete', lease: await next() })
      await worker.settle({ kind: 'bury', lease: await next(), reason: 'broken', detail: '' })
      await worker.settle({ kind: 'expire', lease: await next() })
      await worker.settle({ kind: 'retry', lease: await next(), delayMs: 0, charge: false })
      assert.equal(await queue.cancel((await next()).split('#')[0]!), 'cancelled')
      await worker.settle({ kind: 'retry', lease: await next(), delayMs: 60_000, charge: true })
      await next()
      assert.deepEqual(served, ['"a1"', '"a2"', '"a3"', '"a4"', '"a5"', '"a6"', '"a4"'])
      assert.deepEqual(await worker.claim(1), [])
    }),
    SHARES,
  )

  test(
    'lets others of a key go before one that is retried later, unless the key is to be held',
    sharing(async (queue, scene) => {
      await queue.add(...tasksOf('a', 2), ...tasksOf('b', 1))
      const worker = queue.worker({ limits: { perKey: { concurrency: 1, holdOnRetry: true } } })
      const tasks = await worker.claim(10)
      const a1 = tasks.find(({ payload }) => payload === '"a1"')!
      await worker.settle({ kind: 'retry', lease: a1.lease, delayMs: 2_000, charge: true })
      const { claimed, heldBack, nextDueInMs } = await worker.turn({ want: 10 })
      assert.deepEqual([payloadsOf(claimed), heldBack], [[], true])
      assert.ok(nextDueInMs! > 1_500 && nextDueInMs! <= 2_000, `next due in ${nextDueInMs} ms`)
      const [a] = await keysOf(queue)
      assert.deepEqual([a!.key, a!.heldBack?.by, a!.heldBack?.scope], ['a', 'hold', 'key'])
      await scene.pass(2_050)
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a1"'])
    }),
    SHARES,
  )

  test(
    'holds a key no longer than its retried task is there',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 2))
      const worker = queue.worker({ limits: { perKey: { concurrency: 1, holdOnRetry: true } } })
      const first = await worker.claimOne()
      await worker.settle({ kind: 'retry', lease: first.lease, delayMs: 60_000, charge: true })
      assert.deepEqual(await worker.claim(10), [])
      assert.equal(await queue.change({ n: first.n }, { delayMs: 0 }), 'changed')
      const again = await worker.claimOne()
      assert.equal(again.payload, '"a1"')
      await worker.settle({ kind: 'retry', lease: again.lease, delayMs: 60_000, charge: true })
      assert.equal(await queue.cancel(first.n), 'cancelled')
      assert.equal((await worker.claimOne()).payload, '"a2"')
    }),
    SHARES,
  )

  test(
    'holds a key until each of several retried tasks is due, or gone',
    sharing(async (queue, scene) => {
      await queue.add(...tasksOf('a', 4))
      const worker = queue.worker({ limits: { perKey: { concurrency: 3, holdOnRetry: true } } })
      const tasks = await worker.claim(3)
      const retries = [1_000, 60_000, 120_000].map((delayMs, i) => {
        return { kind: 'retry', lease: tasks[i]!.lease, delayMs, charge: true } as const
      })
      await worker.settle(...retries.toReversed())
      await scene.pass(1_050)
      assert.deepEqual(await worker.claim(10), [])
      assert.equal(await queue.cancel(tasks[2]!.n), 'cancelled')
      assert.deepEqual(await worker.claim(10), [])
      assert.equal(await queue.change({ n: tasks[1]!.n }, { delayMs: 2_000 }), 'changed')
      await scene.pass(1_000)
      assert.deepEqual(await worker.claim(10), [])
      await scene.pass(1_050)
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a1"', '"a2"', '"a4"'])
    }),
    SHARES,
  )

  test(
    'gives a suspect that may be leased, however many are set aside before it whose keys have to wait',
    sharing(async (queue, scene) => {
      const keyed = Array.from({ length: 1_001 }, (_, i) => tasksOf(`k${i}`, 1)[0]!)
      await queue.add(...keyed.slice(0, 500))
      await queue.add(...keyed.slice(500))
      const worker = queue.worker({ limits: { perKey: { rate: { count: 1, perMs: 86_400_000, burst: 1 } } } })
      for (const want of [1_000, 1_000]) await worker.claim(want, { leaseMs: 1_000 })
      await queue.add('"plain"')
      await worker.claim(1, { leaseMs: 1_000 })
      await scene.pass(1_050)
      // So many turns as it takes to recover all.
      for (let turns = 0; turns < 12; turns++) assert.deepEqual(await worker.claim(10, { suspectFrom: 1 }), [])
      const given: string[] = []
      for (let turns = 0; turns < 3; turns++) given.push(...payloadsOf(await worker.claim(10)))
      assert.deepEqual(given, ['"plain"'])
    }),
    SHARES,
  )

  test(
    'lets as many of a key begin as its rate allows',
    sharing(async (queue, scene) => {
      await queue.add(...tasksOf('a', 10), ...tasksOf('b', 1))
      const worker = queue.worker({ limits: { perKey: { rate: { count: 2, perMs: 2_000, burst: 2 } } } })
      const { claimed, heldBack, nextDueInMs } = await worker.turn({ want: 10 })
      assert.deepEqual([payloadsOf(claimed).sort(), heldBack], [['"a1"', '"a2"', '"b1"'], true])
      assert.ok(nextDueInMs! > 500 && nextDueInMs! <= 1_000, `next due in ${nextDueInMs} ms`)
      assert.deepEqual(await worker.claim(10), [])
      const [a] = await keysOf(queue)
      assert.deepEqual([a!.key, a!.heldBack?.by], ['a', 'rate'])
      await scene.pass(1_020)
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a3"'])
    }),
    SHARES,
  )

  test(
    'holds a key when its handler asks for it, and charges nothing',
    sharing(async (queue, scene) => {
      await queue.add(...tasksOf('a', 2), ...tasksOf('b', 2))
      const worker = queue.worker()
      const [a, b] = (await worker.claim(2)).toSorted((one, other) => (one.payload < other.payload ? -1 : 1))
      await worker.settle({ kind: 'release', lease: a!.lease, hold: { scope: 'key', forMs: 2_000 } })
      const { claimed, heldBack, nextDueInMs } = await worker.turn({ want: 10 })
      assert.deepEqual([payloadsOf(claimed), heldBack], [['"b2"'], true])
      assert.ok(nextDueInMs! > 1_500 && nextDueInMs! <= 2_000, `next due in ${nextDueInMs} ms`)
      const facts = await queue.driver.inspect({ n: a!.n })
      assert.deepEqual([facts.heldBack?.scope, facts.heldBack?.by, facts.failures], ['key', 'hold', 0])
      await worker.settle({ kind: 'complete', lease: b!.lease })
      await scene.pass(2_050)
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a1"', '"a2"'])
    }),
    SHARES,
  )

  test(
    'counts a suspect that is set aside for its key, so that it keeps its place',
    sharing(async (queue, scene) => {
      await queue.add(...tasksOf('a', 2), ...tasksOf('b', 1))
      const worker = queue.worker({ limits: ONE })
      await worker.claim(1, { leaseMs: 1_000 })
      await scene.pass(1_050)
      const { claimed, suspects } = await worker.turn({ want: 10, suspectFrom: 1 })
      assert.deepEqual([payloadsOf(claimed), suspects], [['"b1"'], true])
      assert.deepEqual(
        (await keysOf(queue)).map(({ key, waiting, running }) => [key, waiting, running]),
        [
          ['a', 1, 1],
          ['b', 0, 1],
        ],
      )
      const alone = await worker.claim(10)
      assert.deepEqual(payloadsOf(alone), ['"a1"'])
      await worker.settle({ kind: 'complete', lease: alone[0]!.lease })
      assert.deepEqual(payloadsOf(await worker.claim(10, { suspectFrom: 1 })), ['"a2"'])
    }),
    SHARES,
  )

  test(
    'follows limits that change, also of keys that were held back',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 5), ...tasksOf('b', 5))
      const worker = queue.worker({
        limits: { perKey: { concurrency: 1, rate: { count: 1, perMs: 60_000, burst: 1 } } },
      })
      assert.equal((await worker.claim(10)).length, 2)
      await setLimits(queue, { perKey: { concurrency: 2 } })
      assert.equal((await worker.claim(10)).length, 2)
      await setLimits(queue, {})
      assert.equal((await worker.claim(2)).length, 2)
      await setLimits(queue, { perKey: { concurrency: 3 } })
      assert.deepEqual(await worker.claim(10), [])
      await setLimits(queue, undefined)
      assert.deepEqual(await worker.claim(10), [])
      await setLimits(queue, { concurrency: 1_000 })
      assert.equal((await worker.claim(10)).length, 4)
    }),
    SHARES,
  )

  test(
    'follows a rate that changes: what the one before put off is put off no longer',
    sharing(async (queue, scene) => {
      await queue.add(...tasksOf('a', 3), ...tasksOf('b', 1))
      const day = { count: 1, perMs: 86_400_000, burst: 1 }
      const worker = queue.worker({ limits: { perKey: { rate: day } } })
      assert.equal((await worker.claim(10)).length, 2)
      await setLimits(queue, { perKey: { rate: { count: 2, perMs: 2_000, burst: 1 } } })
      assert.deepEqual(await worker.claim(10), [])
      await scene.pass(1_020)
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a2"'])
      await scene.pass(1_020)
      assert.deepEqual(payloadsOf(await worker.claim(10)), ['"a3"'])
    }),
    SHARES,
  )

  test(
    'wakes a worker when a key may be served again',
    sharing(async (queue, scene) => {
      await queue.add(...tasksOf('a', 2))
      const [busy, free] = [queue.worker({ limits: ONE }), queue.worker()]
      const heard = await queue.hear()
      const { lease } = await busy.claimOne()
      await free.waitForWork()
      await busy.settle({ kind: 'complete', lease })
      await scene.eventually(() => heard.count('work') === 1, 'a hint')
      assert.equal((await free.claimOne()).payload, '"a2"')
    }),
    SHARES,
  )

  test(
    'gives no task of a key with its hint',
    sharing(async (queue, scene) => {
      const worker = queue.worker({ takesGrant: true })
      const heard = await queue.hear()
      await worker.waitForWork()
      await queue.add(...tasksOf('a', 1))
      await scene.eventually(() => heard.count('work') === 1, 'a hint')
      assert.equal(heard.count('grant'), 0)
      assert.equal((await worker.claimOne()).payload, '"a1"')
    }),
    SHARES,
  )
}
