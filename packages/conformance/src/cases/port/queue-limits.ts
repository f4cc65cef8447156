import assert from 'node:assert/strict'
import { payloads, payloadsOf } from '../../port-queue.ts'
import { setLimits, sharing, sharingOf, SHARES, tasksOf } from '../../port-sharing.ts'
import type { Test } from '../../topic.ts'

const TWO = { concurrency: 2 }

export function queueLimits(test: Test): void {
  test(
    'gives no more leases than may be, over all workers',
    sharing(async (queue, scene) => {
      await queue.add(...payloads(3), ...tasksOf('a', 2))
      const [worker, other] = [queue.worker({ limits: TWO }), queue.worker()]
      const { claimed, leasesLeft, heldBack } = await worker.turn({ want: 10, leaseMs: 1_000 })
      assert.deepEqual([claimed.length, leasesLeft, heldBack], [2, 0, true])
      assert.deepEqual(await other.claim(10), [])
      const facts = await queue.driver.inspect({ n: (await queue.add('"more"'))[0]! })
      assert.deepEqual(facts.heldBack, { scope: 'queue', by: 'concurrency', limit: 2 })
      await other.turn({ settlements: [{ kind: 'complete', lease: claimed[0]!.lease }] })
      assert.equal((await other.claim(10)).length, 1)
      // The places of a worker that died come back with its leases.
      await scene.pass(1_050)
      assert.equal((await other.claim(10)).length, 1)
      assert.deepEqual(await other.claim(10), [])
    }),
    SHARES,
  )

  test(
    'says how many more leases there may be, and none where keys limit theirs',
    sharing(async (queue) => {
      await queue.add(...payloads(6))
      const [worker, other] = [queue.worker({ limits: { concurrency: 5 } }), queue.worker()]
      const { claimed, leasesLeft } = await worker.turn({ want: 3 })
      assert.deepEqual([claimed.length, leasesLeft], [3, 2])
      const settled = await other.turn({ settlements: [{ kind: 'complete', lease: claimed[0]!.lease }] })
      assert.equal(settled.leasesLeft, 3)
      // One that became lower than what is leased.
      await setLimits(queue, { concurrency: 1 })
      assert.equal((await other.turn({ want: 1 })).leasesLeft, 0)
      await setLimits(queue, { concurrency: 5, perKey: { concurrency: 2 } })
      assert.equal((await other.turn({ want: 1 })).leasesLeft, 0)
      await setLimits(queue, { rate: { count: 100, perMs: 1_000, burst: 100 } })
      assert.equal((await other.turn({ want: 1 })).leasesLeft, undefined)
    }),
    SHARES,
  )

  test(
    'lets as many begin as the rate allows, with a burst',
    sharing(async (queue, scene) => {
      await queue.add(...payloads(9))
      const worker = queue.worker({ limits: { rate: { count: 4, perMs: 2_000, burst: 3 } } })
      const { claimed, leasesLeft, heldBack, nextDueInMs } = await worker.turn({ want: 10 })
      assert.deepEqual([claimed.length, leasesLeft, heldBack], [3, undefined, true])
      assert.ok(nextDueInMs! > 200 && nextDueInMs! <= 500, `next due in ${nextDueInMs} ms`)
      await scene.pass(520)
      assert.equal((await worker.claim(10)).length, 1)
      assert.deepEqual(await worker.claim(10), [])
      await scene.pass(1_020)
      assert.equal((await queue.worker().claim(10)).length, 2)
      const facts = await queue.driver.inspect({ n: (await queue.add('"more"'))[0]! })
      assert.deepEqual([facts.heldBack?.scope, facts.heldBack?.by], ['queue', 'rate'])
      assert.ok(facts.heldBack!.freeInMs! > 0 && facts.heldBack!.freeInMs! <= 500)
    }),
    SHARES,
  )

  test(
    'has a worker that waits for a quick rate come when half of a burst may begin, and for the next one where that is far',
    sharing(async (_, scene) => {
      // Burst, how many begin in a second, and when it shall come, ms.
      for (const [burst, count, dueMs] of [
        [10, 1_000, 5],
        [1, 1_000, 1],
        [100, 10_000, 5],
        [2, 1_000, 1],
        [8, 100, 10],
      ] as const) {
        const queue = await scene.queue(`burst-${burst}`)
        await queue.add(...payloads(200))
        const limits = { rate: { count, perMs: 1_000, burst } }
        const { claimed, heldBack, nextDueInMs } = await queue.worker({ limits }).turn({ want: 200 })
        assert.deepEqual([claimed.length, heldBack], [burst, true])
        // Rounded up, and what is one ten-thousandth more is one more.
        assert.ok(nextDueInMs === dueMs || nextDueInMs === dueMs + 1, `${burst}: next due in ${nextDueInMs} ms`)
      }
    }),
    SHARES,
  )

  test(
    'follows a rate that changes: what the one before put off is put off no longer',
    sharing(async (queue, scene) => {
      await queue.add(...payloads(9))
      const day = { count: 1, perMs: 86_400_000, burst: 1 }
      const worker = queue.worker({ limits: { rate: day } })
      assert.equal((await worker.claim(10)).length, 1)
      await setLimits(queue, { rate: { count: 4, perMs: 2_000, burst: 1 } })
      assert.deepEqual(await worker.claim(10), [])
      await scene.pass(520)
      assert.equal((await worker.claim(10)).length, 1)
      await setLimits(queue, { rate: day })
      assert.deepEqual(await worker.claim(10), [])
      // That of a newer deployment.
      await setLimits(queue, undefined)
      assert.deepEqual(await queue.worker({ limits: { rate: { ...day, perMs: 500 } } }).claim(10), [])
      await scene.pass(520)
      assert.equal((await worker.claim(10)).length, 1)
    }),
    SHARES,
  )

  test(
    'holds the queue when a handler asks for it, and charges nothing',
    sharing(async (queue, scene) => {
      await queue.add('1', '2', ...tasksOf('a', 1))
      const worker = queue.worker()
      const first = await worker.claimOne()
      await worker.settle({ kind: 'release', lease: first.lease, hold: { scope: 'key', forMs: 2_000 } })
      const { claimed, heldBack, nextDueInMs } = await worker.turn({ want: 10 })
      assert.deepEqual([claimed, heldBack], [[], true])
      assert.ok(nextDueInMs! > 1_500 && nextDueInMs! <= 2_000, `next due in ${nextDueInMs} ms`)
      const { heldForMs } = await sharingOf(queue).limits()
      assert.ok(heldForMs! > 1_500 && heldForMs! <= 2_000, `held for ${heldForMs} ms`)
      await scene.pass(2_050)
      const again = await worker.claim(10)
      assert.deepEqual(payloadsOf(again).sort(), ['"a1"', '1', '2'])
      assert.deepEqual(
        again.map(({ failures, crashes }) => failures + crashes),
        [0, 0, 0],
      )
      assert.equal((await sharingOf(queue).limits()).heldForMs, undefined)
    }),
    SHARES,
  )

  test(
    'remembers what the worker that began last has defined, and says so to the others',
    sharing(async (queue) => {
      const port = sharingOf(queue)
      assert.deepEqual(await port.limits(), { version: 0 })
      const [old, young, none] = [
        queue.worker({ limits: TWO }),
        queue.worker({ limits: { concurrency: 3 } }),
        queue.worker(),
      ]
      assert.equal((await old.turn()).otherLimits, undefined)
      assert.deepEqual((await port.limits()).defined, TWO)
      assert.equal((await young.turn()).otherLimits, undefined)
      assert.deepEqual((await port.limits()).defined, { concurrency: 3 })
      assert.equal((await port.limits()).contested, undefined)
      assert.deepEqual((await old.turn()).otherLimits, { concurrency: 3 })
      const { contested } = await port.limits()
      assert.deepEqual(contested?.limits, TWO)
      assert.ok(contested.agoMs >= 0 && contested.agoMs < 10_000, `agoMs is ${contested.agoMs}`)
      assert.equal((await young.turn()).otherLimits, undefined)
      assert.equal((await none.turn()).otherLimits, undefined)
      assert.deepEqual((await port.limits()).defined, { concurrency: 3 })
      await queue.worker({ limits: false }).turn()
      const { version, contested: still, ...rest } = await port.limits()
      assert.deepEqual([rest, still?.limits, version > 0], [{}, TWO, true])
      assert.equal((await young.turn()).otherLimits, false)
    }),
    SHARES,
  )

  test(
    'puts what is set in the place of the definition, until that ends',
    sharing(async (queue) => {
      const port = sharingOf(queue)
      await queue.add(...payloads(6))
      const worker = queue.worker({ limits: TWO })
      await worker.turn()
      const rate = { count: 10, perMs: 1_000, burst: 10 }
      const all = { concurrency: 3, rate, perKey: { concurrency: 1, rate, holdOnRetry: true } }
      assert.equal((await port.limits()).changed, undefined)
      await setLimits(queue, all, 'ann, on call')
      const stored = await port.limits()
      assert.deepEqual([stored.override, stored.defined, stored.changed?.by], [all, TWO, 'ann, on call'])
      assert.ok(stored.changed!.at > 1_600_000_000_000)
      assert.equal((await queue.worker({ limits: TWO }).claim(10)).length, 3)
      // Somebody else was faster.
      assert.deepEqual(await port.setLimits({ override: {}, version: stored.version - 1 }), stored)
      await setLimits(queue, undefined)
      const { override, defined, version } = await port.limits()
      assert.deepEqual([override, defined, version > stored.version], [undefined, TWO, true])
      const { changed } = await port.limits()
      assert.deepEqual([changed?.by, changed!.at >= stored.changed!.at], [undefined, true])
      assert.deepEqual(await worker.claim(10), [])
    }),
    SHARES,
  )

  test(
    'does the change with the highest number, whatever comes before or after it',
    sharing(async (queue) => {
      const port = sharingOf(queue)
      const three = { perKey: { concurrency: 3 } }
      await queue.worker({ limits: TWO }).turn()
      const { version } = await port.limits()
      const set = await port.setLimits({ override: three, version: 0, order: 50, by: 'ann', at: 1_700_000_000_000 })
      assert.deepEqual([set.override, set.order, set.version], [three, 50, 50])
      assert.deepEqual(set.changed, { at: 1_700_000_000_000, by: 'ann' })
      for (const order of [49, 50]) {
        const same = await port.setLimits({ override: {}, version: 50, order })
        assert.deepEqual([same.override, same.order, same.version], [three, 50, 50])
      }
      // One by the version is the next, and has that as its number.
      const next = await port.setLimits({ override: undefined, version: 50, at: 1_700_000_000_000 })
      assert.deepEqual([next.override, next.defined, next.order, next.version], [undefined, TWO, 51, 51])
      assert.ok(next.changed!.at > 1_700_000_000_000 && version < 50)
      const late = await port.setLimits({ override: three, version: 0, order: 51 })
      assert.deepEqual([late.override, late.order], [undefined, 51])
      // Other versions come by definitions, and are no orders.
      await queue.worker({ limits: { concurrency: 3 } }).turn()
      const last = await port.limits()
      assert.deepEqual([last.order, last.version], [51, 52])
      const over = await port.setLimits({ override: three, version: 0, order: 52 })
      assert.deepEqual([over.override, over.order, over.version], [three, 52, 53])
    }),
    SHARES,
  )

  test(
    'forgets all with the queue',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 2))
      const worker = queue.worker({ limits: TWO })
      await worker.claim(1)
      await setLimits(queue, { concurrency: 1 })
      await queue.driver.apply({ kind: 'obliterate', force: true })
      const { override, defined } = await sharingOf(queue).limits()
      assert.deepEqual(
        [override, defined, (await sharingOf(queue).keys({ limit: 10 })).keys],
        [undefined, undefined, []],
      )
      await worker.turn()
      assert.deepEqual((await sharingOf(queue).limits()).defined, TWO)
    }),
    SHARES,
  )

  test(
    'wakes a worker when there may be more than before',
    sharing(async (queue, scene) => {
      await queue.add(...payloads(3))
      const [busy, free] = [queue.worker({ limits: { concurrency: 1 } }), queue.worker()]
      const heard = await queue.hear()
      const { lease, n } = await busy.claimOne()
      await free.waitForWork()
      await setLimits(queue, TWO)
      await scene.eventually(() => heard.count('work') === 1, 'a hint after a change of the limits')
      assert.equal((await free.claim(10)).length, 1)
      await free.waitForWork()
      assert.equal(await queue.cancel(n), 'cancelled')
      await scene.eventually(() => heard.count('work') === 2, 'a hint after a cancellation')
      assert.deepEqual(await busy.settle({ kind: 'complete', lease }), [0])
    }),
    SHARES,
  )

  test(
    'remembers a worker that was given fewer than it wanted because of a limit',
    sharing(async (queue, scene) => {
      await queue.add(...payloads(2))
      const worker = queue.worker({ limits: { concurrency: 1 } })
      const heard = await queue.hear()
      const [{ lease } = { lease: '' }] = await worker.claim(5, { awaitWork: true })
      await queue.worker().settle({ kind: 'complete', lease })
      await scene.eventually(() => heard.count('work') === 1, 'a hint')
    }),
    SHARES,
  )

  test(
    'brings no task with a hint where limits are',
    sharing(async (queue, scene) => {
      const worker = queue.worker({ limits: TWO, takesGrant: true })
      const heard = await queue.hear()
      await worker.waitForWork()
      await queue.add('1')
      await scene.eventually(() => heard.count('work') === 1, 'a hint')
      assert.equal(heard.count('grant'), 0)
    }),
    SHARES,
  )

  test(
    'answers a repeated turn with what it was given, and takes nothing more',
    sharing(async (queue) => {
      await queue.add(...tasksOf('a', 4))
      const worker = queue.worker({ limits: { rate: { count: 2, perMs: 60_000, burst: 2 } } })
      const turn = worker.next({ want: 10 })
      const first = await queue.driver.settleAndClaim(turn)
      const again = await queue.driver.settleAndClaim({ ...turn, repeat: true })
      assert.deepEqual(
        again.claimed.map(({ lease }) => lease),
        first.claimed.map(({ lease }) => lease),
      )
      assert.deepEqual(await worker.claim(10), [])
    }),
    SHARES,
  )

  test(
    'refuses limits that are none',
    sharing(async (queue) => {
      const refused = (limits: object): Promise<void> =>
        assert.rejects(queue.worker({ limits }).turn(), { code: 'storage-refused' })
      await refused({ concurrency: 0 })
      await refused({ rate: { count: 1, perMs: 1_000, burst: 2 } })
      await refused({ perKey: { concurrency: 1.5 } })
      await refused({ perKey: { rate: { count: 1, perMs: 0, burst: 1 } } })
      await assert.rejects(setLimits(queue, { concurrency: -1 }), { code: 'storage-refused' })
      await queue.add('1')
      const worker = queue.worker()
      const { lease } = await worker.claimOne()
      const hold = { scope: 'all', forMs: 1 } as never
      await assert.rejects(worker.settle({ kind: 'release', lease, hold }), { code: 'storage-refused' })
      assert.deepEqual(await sharingOf(queue).limits(), { version: 0 })
    }),
    SHARES,
  )
}
