import { MAX_GRANT_BYTES } from '@mq/core/adapter'
import assert from 'node:assert/strict'
import { payloadsOf } from '../../port-queue.ts'
import { assertHinted, granted, grantee, SENDS_GRANTS } from '../../port-grants.ts'
import type { Test } from '../../topic.ts'

export function grants(test: Test): void {
  test(
    'sends a new task to a worker that sleeps, leased as if it had claimed it',
    async (scene) => {
      const queue = await scene.queue()
      const sleeper = await grantee(scene)
      const [n] = await queue.add({ id: 'own', header: '{"h":1}', payload: '"ü\\n"' })
      const task = await granted(scene, sleeper)
      const { lease, fence, enqueuedAt, claimedAt, ...rest } = task
      assert.deepEqual(rest, { n, failures: 0, crashes: 0, header: '{"h":1}', payload: '"ü\\n"' })
      assert.equal(sleeper.hints.of('grant')[0]!.worker, sleeper.worker.next().lane)
      assert.ok(fence > 0 && claimedAt - enqueuedAt < 5_000)
      assert.deepEqual(await queue.worker().claim(), [])
      await queue.assertStats({ running: 1 })
      assert.deepEqual(await sleeper.queue.driver.extend([lease], 30_000), ['held'])
      const { stale, claimed } = await sleeper.worker.turn({
        granted: lease,
        settlements: [{ kind: 'complete', lease, id: 'own', result: '"done"' }],
      })
      assert.deepEqual([stale, claimed], [[], []])
      const { state, body } = await queue.outcome({ id: 'own' })
      assert.deepEqual([state, body], ['completed', '"done"'])
      const [next] = await queue.add('"next"')
      assert.equal((await queue.worker().claimOne()).n, next)
    },
    SENDS_GRANTS,
  )

  test(
    'gives a fence that increases with every delivery, sent or claimed',
    async (scene) => {
      const queue = await scene.queue()
      await queue.add('1')
      const before = await queue.worker().claimOne()
      const sleeper = await grantee(scene)
      await queue.add('2')
      const sent = await granted(scene, sleeper)
      await queue.add('3')
      const after = await queue.worker().claimOne()
      assert.ok(before.fence < sent.fence && sent.fence < after.fence)
    },
    SENDS_GRANTS,
  )

  for (const [what, add] of [
    ['two tasks at once', { tasks: ['1', '2'] }],
    ['a large task', { tasks: [JSON.stringify('x'.repeat(MAX_GRANT_BYTES))] }],
  ] as const) {
    test(
      `sends ${what} with no hint`,
      async (scene) => {
        const queue = await scene.queue()
        const sleeper = await grantee(scene)
        await queue.add(...add.tasks)
        await assertHinted(scene, sleeper)
        assert.equal((await sleeper.worker.claim()).length, add.tasks.length)
      },
      SENDS_GRANTS,
    )
  }

  test(
    'sends no task past those that wait',
    async (scene) => {
      const queue = await scene.queue()
      const sleepers = [await grantee(scene), await grantee(scene)]
      await queue.add('1', '2')
      await queue.add('3')
      for (const sleeper of sleepers) await assertHinted(scene, sleeper)
      assert.equal((await sleepers[0]!.worker.claim()).length, 3)
    },
    SENDS_GRANTS,
  )

  test(
    'sends no task while another is due',
    async (scene) => {
      const queue = await scene.queue()
      await queue.add({ payload: '"due"', delayMs: 2_000, level: 0 })
      const sleeper = await grantee(scene)
      await scene.pass(2_020)
      await queue.add({ payload: '"new"', level: 9 })
      await assertHinted(scene, sleeper)
      assert.equal((await sleeper.worker.claim()).length, 2)
    },
    SENDS_GRANTS,
  )

  test(
    'sends no task past one whose lease is over',
    async (scene) => {
      const queue = await scene.queue()
      await queue.add('lost')
      await queue.worker().claimOne({ leaseMs: 1_000 })
      const sleeper = await grantee(scene)
      await scene.pass(1_050)
      await queue.add('new')
      await assertHinted(scene, sleeper)
      assert.deepEqual(payloadsOf(await sleeper.worker.claim()), ['lost', 'new'])
    },
    SENDS_GRANTS,
  )

  test(
    'sends no task of a paused queue',
    async (scene) => {
      const queue = await scene.queue()
      const sleeper = await grantee(scene)
      await queue.driver.apply({ kind: 'pause' })
      await queue.add('1')
      await scene.pass(30)
      assert.equal(sleeper.hints.count('grant'), 0)
      await queue.driver.apply({ kind: 'resume' })
      assert.equal((await sleeper.worker.claim()).length, 1)
    },
    SENDS_GRANTS,
  )

  for (const [what, turn] of [
    ['does not ask for one', { takesGrant: undefined }],
    ['takes none now', { takesGrant: false }],
  ] as const) {
    test(
      `sends a hint without a task to a worker that ${what}`,
      async (scene) => {
        const queue = await scene.queue()
        const sleeper = await grantee(scene, turn)
        await queue.add('1')
        await assertHinted(scene, sleeper)
      },
      SENDS_GRANTS,
    )
  }

  test(
    'sends one task to each of those that sleep, and none to a worker that has one',
    async (scene) => {
      const queue = await scene.queue()
      const [one, other] = [await grantee(scene), await grantee(scene)]
      const [a, b, c] = [(await queue.add('1'))[0], (await queue.add('2'))[0], (await queue.add('3'))[0]]
      const sent = [(await granted(scene, one)).n, (await granted(scene, other)).n]
      assert.deepEqual(new Set(sent), new Set([a, b]))
      await scene.pass(20)
      assert.equal(one.hints.count('grant') + other.hints.count('grant'), 2)
      assert.equal((await queue.worker().claimOne()).n, c)
    },
    SENDS_GRANTS,
  )
}
