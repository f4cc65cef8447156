import assert from 'node:assert/strict'
import { ForgetfulFlows } from '../../forgetful-flows.ts'
import { FLOWS } from '../../port-flows.ts'
import type { Test } from '../../topic.ts'

const HOUR_MS = 3_600_000

/** One server of many fails over to a replica that has not got its last writes. */
export function forgottenFlows(test: Test): void {
  for (const forgets of ['link', 'tell'] as const) {
    test(
      `runs a task in the end although a storage forgot a ${forgets} that it had confirmed`,
      async (scene) => {
        const storage = new ForgetfulFlows(scene.fixture.adapter)
        const broker = scene.broker({}, storage.adapter)
        const [parents, children] = [broker.queue('parents'), broker.queue('children')]
        const ran: unknown[] = []
        children.process((payload) => void ran.push(payload))
        parents.process(() => 'done')
        storage.forgets = forgets
        const parent = await parents.enqueue(1, { delayMs: 1_000 })
        const child = await children.enqueue('child', { after: parent })
        await scene.during(parent.result())
        await scene.pass(10_000)
        assert.equal(storage.forgotten, 1)
        storage.forgets = undefined
        assert.deepEqual([(await child.status()).state, ran], ['delayed', []])
        await scene.pass(110_000)
        assert.deepEqual([(await child.outcome({ timeoutMs: 0 })).state, ran], ['completed', ['child']])
      },
      { part: FLOWS, longTime: true },
    )
  }

  test(
    'looks for parents of a blocked task less and less often, and not after it has run',
    async (scene) => {
      const storage = new ForgetfulFlows(scene.fixture.adapter)
      const broker = scene.broker({}, storage.adapter)
      const [parents, children] = [broker.queue('parents'), broker.queue('children')]
      for (const queue of [parents, children]) queue.process(() => 1)
      const parent = await parents.enqueue(1, { delayMs: 12 * HOUR_MS })
      const child = await children.enqueue(2, { after: parent })
      storage.forgets = 'link'
      await scene.pass(HOUR_MS)
      const first = storage.forgotten
      assert.ok(first >= 5 && first <= 6, `looked ${first} times in the first hour`)
      await scene.pass(10 * HOUR_MS)
      assert.ok(storage.forgotten - first >= 9 && storage.forgotten - first <= 10, `${storage.forgotten} in eleven`)
      await scene.pass(HOUR_MS + 1_000)
      assert.equal((await child.outcome({ timeoutMs: 0 })).state, 'completed')
      const last = storage.forgotten
      await scene.pass(3 * HOUR_MS)
      assert.equal(storage.forgotten, last)
    },
    { part: FLOWS, longTime: true },
  )
}
