import type { TurnReply } from '@mq/core'
import assert from 'node:assert/strict'
import { assertRefused, payloads, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function repeatedTurn(test: Test): void {
  test('gives a repeated turn the same claims, and claims nothing more', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(5))
    const turn = queue.worker().next({ want: 3 })
    const first = await queue.driver.settleAndClaim(turn)
    const again = await queue.driver.settleAndClaim({ ...turn, repeat: true })
    assert.deepEqual(essence(again), essence(first))
    await queue.assertStats({ waiting: 2, running: 3 })
  })

  test('settles once when a turn is repeated', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"', '"b"')
    const worker = queue.worker()
    const [a, b] = await worker.claim(2)
    const turn = worker.next({
      settlements: [
        { kind: 'retry', lease: a!.lease, delayMs: 0, charge: true },
        { kind: 'bury', lease: b!.lease, reason: 'broken', detail: '' },
        { kind: 'complete', lease: 'x#0' },
      ],
    })
    const first = await queue.driver.settleAndClaim(turn)
    const again = await queue.driver.settleAndClaim({ ...turn, repeat: true })
    assert.deepEqual(first.stale, [2])
    assert.deepEqual(again.stale, [2])
    await queue.assertStats({ waiting: 1, dead: 1 })
    assert.equal((await worker.claimOne()).failures, 1)
  })

  test('runs a turn that is marked as repeated but never came', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"', '"b"')
    const worker = queue.worker()
    assert.deepEqual(payloadsOf(await worker.claim(1, { repeat: true })), ['"a"'])
    assert.deepEqual(payloadsOf(await worker.claim(1, { repeat: true })), ['"b"'])
  })

  test('does not give a repeated turn what another worker has now', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    const turn = queue.worker().next({ want: 1, leaseMs: 1_000 })
    const [lost] = (await queue.driver.settleAndClaim(turn)).claimed
    await scene.pass(1_050)
    const now = await queue.worker().claimOne()
    const again = await queue.driver.settleAndClaim({ ...turn, repeat: true })
    assert.notEqual(now.lease, lost?.lease)
    assert.deepEqual(again.claimed, [])
    await queue.assertStats({ running: 1 })
    assert.deepEqual(await queue.driver.extend([now.lease], 30_000), ['held'])
  })

  test('refuses a number older than the last of its lane', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"', '"b"')
    const worker = queue.worker()
    const old = worker.next({ want: 1 })
    await worker.claimOne()
    await assertRefused(queue.driver.settleAndClaim(old))
    await queue.assertStats({ waiting: 1, running: 1 })
  })

  test('gives nothing to what comes late of a lane that ended, also when it never got anything', async (scene) => {
    const queue = await scene.queue()
    await queue.bury('"before"')
    const [worker, idle] = [queue.worker(), queue.worker()]
    const [late, lateIdle] = [worker.next({ want: 1, awaitWork: true }), idle.next({ want: 1, awaitWork: true })]
    for (const turn of [late, lateIdle]) await queue.driver.settleAndClaim(turn)
    await worker.turn({ want: 1 })
    for (const lane of [worker, idle]) await lane.turn({ last: true })
    await queue.add('"a"')
    for (const turn of [late, lateIdle]) {
      await assertRefused(queue.driver.settleAndClaim(turn))
      await assertRefused(queue.driver.settleAndClaim({ ...turn, repeat: true }))
    }
    await queue.assertStats({ waiting: 1, dead: 1 })
    assert.equal((await queue.driver.inspect({ n: (await queue.worker().claimOne()).n })).idleWorkers, 0)
  })

  test('takes the same number on another lane for another turn', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"', '"b"')
    assert.deepEqual(payloadsOf(await queue.worker().claim(1)), ['"a"'])
    assert.deepEqual(payloadsOf(await queue.worker().claim(1)), ['"b"'])
  })
}

/** All but the storage's time, which advances. */
function essence({ stale, claimed }: TurnReply): unknown {
  return { stale: [...stale], claimed: claimed.map((task) => ({ ...task, claimedAt: 0 })) }
}
