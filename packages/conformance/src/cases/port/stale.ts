import type { Settlement } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'

/** Every way to settle `lease`. */
function everySettlement(lease: string): Settlement[] {
  return [
    { kind: 'complete', lease, result: '"stale"' },
    { kind: 'retry', lease, delayMs: 0, charge: true },
    { kind: 'retry', lease, delayMs: 500, charge: false },
    { kind: 'release', lease },
    { kind: 'bury', lease, reason: 'stale', detail: '' },
    { kind: 'expire', lease },
  ]
}

export function stale(test: Test): void {
  test('settles a lease once, and names the second by its index', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"', '"b"', '"c"')
    const worker = queue.worker()
    const [a, b, c] = await worker.claim(3)
    assert.deepEqual(await worker.settle({ kind: 'complete', lease: b!.lease }), [])
    const settlements: Settlement[] = [
      { kind: 'complete', lease: a!.lease },
      { kind: 'complete', lease: b!.lease },
      { kind: 'retry', lease: c!.lease, delayMs: 0, charge: true },
      { kind: 'bury', lease: a!.lease, reason: 'twice', detail: '' },
      { kind: 'release', lease: 'nonsense' },
    ]
    assert.deepEqual(await worker.settle(...settlements), [1, 3, 4])
    await queue.assertStats({ waiting: 1 })
  })

  test('settles a lease once within a turn that only completes, beside one that is gone', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add('1', '2', '3', '4')
    const worker = queue.worker()
    const [a, b, c, d] = (await worker.claim(4)).map(({ lease }) => ({ kind: 'complete', lease }) as const)
    assert.deepEqual(await worker.settle(a!, b!, a!), [2])
    await queue.cancel(numbers[2]!)
    assert.deepEqual(await worker.settle(c!, d!), [0])
    await queue.assertStats({})
    assert.equal((await queue.driver.stats()).totals.completed, 3)
  })

  test('refuses every settlement of a lease that went to another worker', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('"a"')
    const zombie = queue.worker()
    const lost = await zombie.claimOne({ leaseMs: 1_000 })
    await scene.pass(1_050)
    const owner = queue.worker()
    const { lease } = await owner.claimOne()
    assert.deepEqual(await zombie.settle(...everySettlement(lost.lease)), [0, 1, 2, 3, 4, 5])
    await queue.assertStats({ running: 1 })
    assert.deepEqual(await owner.settle({ kind: 'complete', lease, result: '"true"' }), [])
    assert.equal((await queue.outcome(n!)).body, '"true"')
  })

  test('refuses a lease of before a retry, before a release, and of a cancelled task', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('"a"')
    const worker = queue.worker()
    const first = await worker.claimOne()
    await worker.settle({ kind: 'retry', lease: first.lease, delayMs: 0, charge: false })
    assert.deepEqual(await worker.settle(...everySettlement(first.lease)), [0, 1, 2, 3, 4, 5])
    const second = await worker.claimOne()
    await worker.settle({ kind: 'release', lease: second.lease })
    assert.deepEqual(await worker.settle(...everySettlement(second.lease)), [0, 1, 2, 3, 4, 5])
    const third = await worker.claimOne()
    assert.equal(new Set([first.lease, second.lease, third.lease]).size, 3)
    await queue.cancel(n!)
    assert.deepEqual(await worker.settle(...everySettlement(third.lease)), [0, 1, 2, 3, 4, 5])
    assert.equal((await queue.outcome(n!)).state, 'cancelled')
    await queue.assertStats({})
  })

  test('never uses a lease token twice, however often a task runs', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    const worker = queue.worker()
    const leases = new Set<string>()
    for (let run = 0; run < 20; run++) {
      const { lease } = await worker.claimOne()
      leases.add(lease)
      await worker.settle(run % 2 ? { kind: 'release', lease } : { kind: 'retry', lease, delayMs: 0, charge: true })
    }
    assert.equal(leases.size, 20)
  })

  test('does nothing for what is stale, and all for the rest of the batch', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add('1', '2', '3')
    const worker = queue.worker()
    const leases = (await worker.claim(3)).map(({ lease }) => lease)
    await queue.cancel(numbers[1]!)
    const { stale, claimed } = await worker.turn({
      settlements: leases.map((lease) => ({ kind: 'complete', lease, result: '"done"' })),
      want: 5,
    })
    assert.deepEqual([stale, claimed], [[1], []])
    const states = await Promise.all(numbers.map(async (n) => (await queue.outcome(n)).state))
    assert.deepEqual(states, ['completed', 'cancelled', 'completed'])
  })
}
