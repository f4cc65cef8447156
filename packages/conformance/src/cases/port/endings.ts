import type { DeadTask, Settlement } from '@mq/core'
import assert from 'node:assert/strict'
import { assertRefused, payloads } from '../../port-queue.ts'
import type { PortQueue } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function endings(test: Test): void {
  test('keeps the result of a completed task', async (scene) => {
    const queue = await scene.queue()
    const [with_, without] = await queue.add('1', '2')
    const worker = queue.worker()
    const [a, b] = await worker.claim(2)
    await worker.settle(
      { kind: 'complete', lease: a!.lease, result: '{"sum":3}' },
      { kind: 'complete', lease: b!.lease },
    )
    const { state, body, endedAt } = await queue.outcome(with_!)
    assert.deepEqual([state, body], ['completed', '{"sum":3}'])
    assert.ok(endedAt >= a!.claimedAt)
    assert.equal((await queue.outcome(without!)).body, undefined)
    await queue.assertStats({})
  })

  test('keeps no result when asked not to', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('1')
    await settleOne(queue, (lease) => ({ kind: 'complete', lease, result: '2' }), false)
    assert.deepEqual(await queue.read(n!), { state: 'unknown' })
    await queue.assertStats({})
  })

  test('keeps the last 10,000 results', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    const numbers: string[] = []
    for (let i = 0; i < 10; i++) {
      numbers.push(...(await queue.add(...payloads(1_000))))
      const claimed = await worker.claim(1_000)
      await worker.settle(...claimed.map(({ lease, n }) => ({ kind: 'complete', lease, result: n }) as const))
    }
    for (let i = 0; i < 10; i++) {
      const some = numbers.slice(i * 1_000, (i + 1) * 1_000)
      const readings = await queue.driver.read(some.map((n) => ({ n })))
      assert.ok(readings.every((reading, k) => reading.state === 'ended' && reading.outcome.body === some[k]))
    }
  })

  test(
    'forgets a result after an hour',
    async (scene) => {
      const queue = await scene.queue()
      const [n] = await queue.add('1')
      await settleOne(queue, (lease) => ({ kind: 'complete', lease, result: '2' }))
      await scene.pass(3_500_000)
      assert.equal((await queue.outcome(n!)).state, 'completed')
      await scene.pass(200_000)
      assert.deepEqual(await queue.read(n!), { state: 'unknown' })
    },
    { longTime: true },
  )

  test('ends an expired task', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('1')
    await settleOne(queue, (lease) => ({ kind: 'expire', lease }), false)
    const { state, body } = await queue.outcome(n!)
    assert.deepEqual([state, body], ['expired', undefined])
    await queue.assertStats({})
  })

  test('keeps a buried task as a dead letter, with all that is known of it', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add({ id: 'own', header: '{"id":"own"}', payload: '{"bad":true}' })
    const worker = queue.worker()
    const first = await worker.claimOne()
    await worker.settle({ kind: 'retry', lease: first.lease, delayMs: 0, charge: true })
    const { lease } = await worker.claimOne()
    const bury: Settlement = {
      kind: 'bury',
      lease,
      id: 'own',
      reason: 'no "good"',
      detail: '{"message":"line\\nline"}',
    }
    await worker.turn({ settlements: [bury], keepResults: false })

    const { state, reason, body } = await queue.outcome(n!)
    assert.deepEqual([state, reason, body], ['dead', bury.reason, bury.detail])
    const [letter, ...others] = await queue.driver.list({ state: 'dead', limit: 10 })
    assert.deepEqual(others, [])
    assert.ok(letter && letter.diedAt >= first.claimedAt)
    assert.deepEqual(
      { ...letter, diedAt: 0, bytes: 0 },
      {
        n,
        reason: bury.reason,
        detail: bury.detail,
        diedAt: 0,
        enqueuedAt: first.enqueuedAt,
        failures: 1,
        crashes: 0,
        header: '{"id":"own"}',
        payload: '{"bad":true}',
        bytes: 0,
      },
    )
    assert.deepEqual(await worker.claim(), [])
    await queue.assertStats({ dead: 1 })
  })

  test('counts the last failure of a buried task when it is charged', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1', '2')
    const worker = queue.worker()
    for (const charge of [true, false]) {
      const { lease } = await worker.claimOne()
      await worker.settle({ kind: 'bury', lease, reason: `${charge}`, detail: '', charge })
      await scene.pass(2)
    }
    const letters = await queue.driver.list({ state: 'dead', limit: 2 })
    assert.deepEqual(
      letters.map(({ reason, failures }) => [reason, failures]),
      [
        ['false', 0],
        ['true', 1],
      ],
    )
  })

  test('lists dead letters newest first', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    await queue.add(...payloads(5))
    for (let i = 0; i < 5; i++) {
      const { lease } = await worker.claimOne()
      await worker.settle({ kind: 'bury', lease, reason: `${i + 1}`, detail: '' })
      await scene.pass(2)
    }
    const page = (limit: number): Promise<readonly DeadTask[]> => queue.driver.list({ state: 'dead', limit })
    assert.deepEqual(
      (await page(1_000)).map(({ reason }) => reason),
      ['5', '4', '3', '2', '1'],
    )
    assert.deepEqual(
      (await page(2)).map(({ reason }) => reason),
      ['5', '4'],
    )
    await assertRefused(page(1_001))
    await queue.assertStats({ dead: 5 })
  })
}

async function settleOne(
  queue: PortQueue,
  settlement: (lease: string) => Settlement,
  keepResults: boolean = true,
): Promise<void> {
  const worker = queue.worker()
  const { lease } = await worker.claimOne()
  const { stale } = await worker.turn({ settlements: [settlement(lease)], keepResults })
  assert.deepEqual(stale, [])
}
