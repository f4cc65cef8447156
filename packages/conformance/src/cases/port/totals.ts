import type { QueueTotals } from '@mq/core'
import assert from 'node:assert/strict'
import type { PortQueue } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const NOTHING: QueueTotals = { enqueued: 0, completed: 0, failed: 0, retried: 0, dead: 0, expired: 0, cancelled: 0 }

async function assertTotals(queue: PortQueue, expected: Partial<QueueTotals>): Promise<void> {
  assert.deepEqual({ ...(await queue.driver.stats()).totals }, { ...NOTHING, ...expected })
}

export function totals(test: Test): void {
  test('are nothing for a queue that was never used', async (scene) => {
    await assertTotals(await scene.queue(), {})
  })

  test('count each way in which a task ends, and each failure', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    await queue.add(...Array.from({ length: 8 }, (_, i) => ({ payload: String(i) })))
    const leases = (await worker.claim(8)).map(({ lease }) => lease)
    await assertTotals(queue, { enqueued: 8 })
    await worker.settle(
      { kind: 'complete', lease: leases[0]!, result: '1' },
      { kind: 'complete', lease: leases[1]! },
      { kind: 'retry', lease: leases[2]!, delayMs: 0, charge: true },
      { kind: 'retry', lease: leases[3]!, delayMs: 60_000, charge: false },
      { kind: 'bury', lease: leases[4]!, reason: 'r', detail: 'd', charge: true },
      { kind: 'bury', lease: leases[5]!, reason: 'r', detail: 'd' },
      { kind: 'expire', lease: leases[6]! },
      { kind: 'release', lease: leases[7]! },
    )
    const seen = { enqueued: 8, completed: 2, failed: 2, retried: 2, dead: 2, expired: 1 }
    await assertTotals(queue, seen)
    assert.equal((await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 1 })).changed, 1)
    const [left] = await worker.claim(1)
    assert.equal(await queue.cancel(left!.n), 'cancelled')
    assert.equal(await queue.cancel(left!.n), 'too-late')
    await assertTotals(queue, { ...seen, cancelled: 2 })
    await worker.settle({ kind: 'complete', lease: left!.lease })
    await assertTotals(queue, { ...seen, cancelled: 2 })
  })

  test('count a turn that settles and claims, and one that only settles', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    await queue.add('1', '2', '3')
    for (let done = 0; done < 3; done++) {
      const [task] = await worker.claim(1)
      await worker.settle({ kind: 'complete', lease: task!.lease })
      await assertTotals(queue, { enqueued: 3, completed: done + 1 })
    }
    await queue.add('4', '5')
    const first = await worker.turn({ want: 1 })
    const second = await worker.turn({ want: 1, settlements: [{ kind: 'complete', lease: first.claimed[0]!.lease }] })
    assert.equal(second.claimed.length, 1)
    await assertTotals(queue, { enqueued: 5, completed: 4 })
  })

  test('count nothing twice that is repeated', async (scene) => {
    const queue = await scene.queue()
    const tasks = [{ level: 4, delayMs: 0, header: '', payload: '1' }]
    const batch = { lane: 'producer', seq: 1, tasks, atomic: false }
    for (let time = 0; time < 3; time++) await queue.driver.enqueue(batch)
    const [task] = await queue.worker().claim(1)
    const turn = {
      ...{ lane: 'w', seq: 1, want: 0, maxBytes: 1_000, leaseMs: 30_000, keepResults: true, awaitWork: false },
      settlements: [{ kind: 'retry', lease: task!.lease, delayMs: 0, charge: true } as const],
    }
    for (let time = 0; time < 3; time++) await queue.driver.settleAndClaim({ ...turn, repeat: time > 0 })
    await assertTotals(queue, { enqueued: 1, failed: 1, retried: 1 })
    await queue.offer([
      { id: 'own', payload: '1' },
      { id: 'own', payload: '1' },
    ])
    await queue.offer([{ id: 'own', payload: '1' }])
    await assertTotals(queue, { enqueued: 2, failed: 1, retried: 1 })
  })

  test('count who is displaced and who is replaced, and no redrive', async (scene) => {
    const queue = await scene.queue()
    await queue.offer(['1', '2'], { capacity: 2, displace: true })
    await queue.offer(['3'], { capacity: 2, displace: true })
    await assertTotals(queue, { enqueued: 3, dead: 1 })
    const [letter] = await queue.dead()
    await queue.driver.apply({ kind: 'redrive', tasks: [{ n: letter!, delayMs: 0 }] })
    await assertTotals(queue, { enqueued: 3, dead: 1 })
    await queue.add({ id: 'own', payload: 'a' })
    await queue.add({ id: 'own', payload: 'b', replace: true })
    await assertTotals(queue, { enqueued: 5, dead: 1, cancelled: 1 })
  })

  test('begin anew when the queue is obliterated', async (scene) => {
    const queue = await scene.queue()
    await queue.bury('1', '2')
    await queue.driver.apply({ kind: 'obliterate', force: true })
    await assertTotals(queue, {})
    await queue.add('3')
    await assertTotals(queue, { enqueued: 1 })
  })

  test(
    'say how long the oldest waits since it was due: a delay is no wait',
    async (scene) => {
      const queue = await scene.queue()
      const delayMs = 10_000
      const header = JSON.stringify({ id: 'own', delayMs })
      await queue.add({ delayMs, header, id: 'own' }, { delayMs, header: JSON.stringify({ delayMs }) }, { delayMs })
      await scene.pass(delayMs + 300)
      const oldest = async (): Promise<number> => (await queue.driver.stats()).oldestWaitMs!
      const worker = queue.worker()
      await worker.claim(1)
      assert.ok((await oldest()) >= 299 && (await oldest()) < 5_000, `${await oldest()}`)
      await worker.claim(1)
      // Whose header does not say its delay.
      assert.ok((await oldest()) >= delayMs + 299, `${await oldest()}`)
    },
    { longTime: true },
  )

  test('say since when the oldest waits, of whatever level', async (scene) => {
    const queue = await scene.queue()
    const oldest = async (): Promise<number | undefined> => (await queue.driver.stats()).oldestWaitMs
    assert.equal(await oldest(), undefined)
    await queue.add({ level: 1 })
    await scene.pass(300)
    await queue.add({ level: 9 }, { level: 5, delayMs: 60_000 })
    const all = await oldest()
    assert.ok(all !== undefined && all >= 299 && all < 60_000, `${all}`)
    await queue.worker().claim(1)
    assert.ok((await oldest())! >= 299)
    await queue.worker().claim(1)
    assert.equal(await oldest(), undefined)
  })
}
