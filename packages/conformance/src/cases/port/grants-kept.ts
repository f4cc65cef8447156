import { MAX_GRANT_MS } from '@mq/core/adapter'
import assert from 'node:assert/strict'
import { ASKS, assertHinted, granted, grantee, SENDS_GRANTS } from '../../port-grants.ts'
import { assertRefused, payloads } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function grantsKept(test: Test): void {
  test(
    'gives a task that did not arrive again with each turn of its worker, until one names it',
    async (scene) => {
      const queue = await scene.queue()
      const sleeper = await grantee(scene)
      await queue.add('1')
      const { lease, fence } = await granted(scene, sleeper)
      for (const turn of [{}, { want: 5, awaitWork: true, takesGrant: true }, { granted: '1#0' }]) {
        const asked = sleeper.worker.next(turn)
        for (const repeat of [false, true]) {
          const reply = await sleeper.queue.driver.settleAndClaim({ ...asked, repeat })
          assert.deepEqual([reply.granted, reply.claimed.map((task) => task.lease)], [lease, [lease]])
          assert.equal(reply.claimed[0]!.fence, fence)
        }
      }
      // It had one: nobody sent it a second.
      await queue.add('2')
      await scene.pass(20)
      assert.equal(sleeper.hints.count('grant') + sleeper.hints.count('work'), 1)
      const named = await sleeper.worker.turn({ want: 1, granted: lease })
      assert.deepEqual([named.granted, named.claimed.map(({ payload }) => payload)], [undefined, ['2']])
      assert.deepEqual((await sleeper.worker.turn({ granted: lease })).claimed, [])
      assert.deepEqual((await sleeper.worker.turn()).claimed, [])
    },
    SENDS_GRANTS,
  )

  test(
    'gives a task that did not arrive once, with a new lease, also where the old one was over',
    async (scene) => {
      const queue = await scene.queue()
      const sleeper = await grantee(scene, { leaseMs: 1_000 })
      await queue.add('1')
      const { lease } = await granted(scene, sleeper)
      await scene.pass(1_050)
      const { claimed } = await sleeper.worker.turn({ want: 5, leaseMs: 3_000 })
      assert.deepEqual(
        claimed.map((task) => task.lease),
        [lease],
      )
      await scene.pass(2_000)
      assert.deepEqual(await queue.worker().claim(), [])
      assert.deepEqual(await sleeper.worker.settle({ kind: 'complete', lease }), [])
    },
    SENDS_GRANTS,
  )

  test(
    'gives a task that did not arrive to another, within ten seconds, however long the lease',
    async (scene) => {
      const queue = await scene.queue()
      const sleeper = await grantee(scene, { leaseMs: 3_600_000 })
      const [n] = await queue.add('1')
      await granted(scene, sleeper)
      await scene.pass(MAX_GRANT_MS + 100)
      const task = await queue.worker().claimOne()
      assert.deepEqual([task.n, task.crashes], [n, 0])
    },
    { ...SENDS_GRANTS, longTime: true },
  )

  test(
    'gives it with the claims of the turn, before them',
    async (scene) => {
      const queue = await scene.queue()
      const sleeper = await grantee(scene)
      const [first, ...rest] = [...(await queue.add('1')), ...(await queue.add(...payloads(3)))]
      await granted(scene, sleeper)
      const reply = await sleeper.worker.turn({ want: 2 })
      assert.deepEqual(
        reply.claimed.map(({ n }) => n),
        [first, ...rest.slice(0, 2)],
      )
      assert.equal(new Set(reply.claimed.map(({ fence }) => fence)).size, 3)
    },
    SENDS_GRANTS,
  )

  for (const ended of ['cancelled', 'completed', 'lost'] as const) {
    test(
      `does not give a task again whose lease is over: ${ended}`,
      async (scene) => {
        const queue = await scene.queue()
        const sleeper = await grantee(scene, { leaseMs: 1_000 })
        await queue.add('1')
        const { n, lease } = await granted(scene, sleeper)
        if (ended === 'cancelled') assert.equal(await queue.cancel(n), 'cancelled')
        if (ended === 'completed') await sleeper.worker.turn({ settlements: [{ kind: 'complete', lease }] })
        if (ended === 'lost') {
          await scene.pass(1_050)
          assert.equal((await queue.worker().claimOne()).n, n)
        }
        assert.deepEqual((await sleeper.worker.turn()).claimed, [])
        assert.deepEqual(await sleeper.worker.settle({ kind: 'complete', lease }), [0])
      },
      SENDS_GRANTS,
    )
  }

  test(
    'charges a lease that ended only where the task arrived',
    async (scene) => {
      const queue = await scene.queue()
      for (const [arrives, crashes] of [
        ['not', 0],
        ['named', 1],
        ['extended', 1],
      ] as const) {
        const sleeper = await grantee(scene, { leaseMs: 1_000 })
        await queue.add('1')
        const { lease } = await granted(scene, sleeper)
        if (arrives === 'named') await sleeper.worker.turn({ granted: lease })
        if (arrives === 'extended') await sleeper.queue.driver.extend([lease], 1_000)
        await scene.pass(1_050)
        const worker = queue.worker()
        const task = await worker.claimOne()
        assert.equal(task.crashes, crashes, arrives)
        await worker.settle({ kind: 'complete', lease: task.lease })
        await sleeper.worker.turn({ last: true, granted: lease })
      }
    },
    SENDS_GRANTS,
  )

  test(
    'charges both where a second lease of the task is lost: it may have killed two workers',
    async (scene) => {
      const queue = await scene.queue()
      const sleeper = await grantee(scene, { leaseMs: 1_000 })
      await queue.add('1')
      await granted(scene, sleeper)
      const crashes: number[] = []
      for (let i = 0; i < 2; i++) {
        await scene.pass(1_050)
        crashes.push((await queue.worker().claimOne({ leaseMs: 1_000 })).crashes)
      }
      assert.deepEqual(crashes, [0, 2])
    },
    SENDS_GRANTS,
  )

  test(
    'gives a task that a worker did not name in its last turn to another, at once and uncharged',
    async (scene) => {
      const queue = await scene.queue()
      const leaving = await grantee(scene)
      await queue.add('1')
      const { n, lease } = await granted(scene, leaving)
      const sleeper = await grantee(scene, { takesGrant: undefined })
      const last = leaving.worker.next({ last: true })
      assert.deepEqual((await leaving.queue.driver.settleAndClaim(last)).claimed, [])
      await scene.eventually(() => sleeper.hints.count('work') > 0, 'a hint that there is work')
      const task = await sleeper.worker.claimOne()
      assert.deepEqual([task.n, task.crashes, task.lease === lease], [n, 0, false])
      assert.deepEqual((await leaving.queue.driver.settleAndClaim({ ...last, repeat: true })).claimed, [])
      assert.deepEqual(await sleeper.worker.settle({ kind: 'complete', lease: task.lease }), [])
    },
    SENDS_GRANTS,
  )

  test(
    'leaves a task that a worker named in its last turn with it',
    async (scene) => {
      const queue = await scene.queue()
      const leaving = await grantee(scene)
      await queue.add('1')
      const { lease } = await granted(scene, leaving)
      await leaving.worker.turn({ last: true, granted: lease })
      assert.deepEqual(await queue.worker().claim(), [])
      assert.deepEqual(await leaving.queue.driver.extend([lease], 1_000), ['held'])
    },
    SENDS_GRANTS,
  )

  test(
    'sends a task that is released, or retried, with no hint',
    async (scene) => {
      const queue = await scene.queue()
      await queue.add('1')
      const busy = queue.worker()
      const { lease } = await busy.claimOne()
      const sleeper = await grantee(scene)
      await busy.settle({ kind: 'release', lease })
      await assertHinted(scene, sleeper)
    },
    SENDS_GRANTS,
  )

  test(
    'takes the lanes of a worker as one',
    async (scene) => {
      const queue = await scene.queue()
      const elsewhere = await scene.queueElsewhere()
      const hints = await elsewhere.hear()
      const [one, other] = [elsewhere.worker(ASKS), elsewhere.worker(ASKS)]
      const lane = one.next().lane
      const turn = { lane: `${lane}.0`, want: 1, awaitWork: true, takesGrant: true }
      assert.deepEqual(await one.claim(1, turn), [])
      assert.deepEqual(await other.claim(1, { ...turn, lane: `${lane}.1` }), [])
      await queue.add('1')
      await queue.add('2')
      await scene.eventually(() => hints.count('grant') > 0, 'a grant')
      await scene.pass(20)
      assert.equal(hints.count('grant') + hints.count('work'), 1)
      const { worker, task } = hints.of('grant')[0]!
      assert.equal(worker, lane)
      const { granted: again, claimed } = await other.turn({ lane: `${lane}.1`, granted: undefined })
      assert.deepEqual([again, claimed.length], [task.lease, 1])
      assert.deepEqual((await one.turn({ lane: `${lane}.0`, granted: task.lease })).claimed, [])
    },
    SENDS_GRANTS,
  )

  test(
    'gives the receipt of a repeated batch whose task was sent, and sends nothing again',
    async (scene) => {
      const queue = await scene.queue()
      const sleeper = await grantee(scene)
      const batch = {
        lane: 'repeats',
        seq: 1,
        atomic: false,
        tasks: [{ level: 4, delayMs: 0, header: '', payload: '1' }],
      }
      const first = await queue.driver.enqueue(batch)
      const { n } = await granted(scene, sleeper)
      assert.deepEqual(first, [{ state: 'accepted', n }])
      assert.deepEqual(await queue.driver.enqueue(batch), first)
      await queue.assertStats({ running: 1 })
    },
    SENDS_GRANTS,
  )

  test(
    'refuses a lease that is no text',
    async (scene) => {
      const queue = await scene.queue()
      await assertRefused(queue.worker().turn({ granted: 7 as unknown as string }))
    },
    SENDS_GRANTS,
  )
}
