import assert from 'node:assert/strict'
import { payloads, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function claim(test: Test): void {
  test('gives no more than is wanted, and nothing when nothing is wanted', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(5))
    const worker = queue.worker()
    assert.deepEqual(await worker.claim(0), [])
    assert.equal((await worker.claim(2)).length, 2)
    await queue.assertStats({ waiting: 3, running: 2 })
  })

  test('gives a thousand tasks at once', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(1_000))
    await queue.add('"one more"')
    assert.deepEqual(payloadsOf(await queue.worker().claim(1_000)), payloads(1_000))
    await queue.assertStats({ waiting: 1, running: 1_000 })
  })

  test('returns all that is known of a task', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add({ header: '{"trace":"x"}', payload: '{"a":1}', level: 7, id: 'own' })
    await scene.pass(20)
    const task = await queue.worker().claimOne()
    const { n: number, failures, crashes, header, payload, malformed } = task
    assert.deepEqual(
      { number, failures, crashes, header, payload, malformed },
      { number: n, failures: 0, crashes: 0, header: '{"trace":"x"}', payload: '{"a":1}', malformed: undefined },
    )
    assert.ok(Number.isSafeInteger(task.enqueuedAt) && Math.abs(task.enqueuedAt - Date.now()) < 86_400_000)
    assert.ok(task.claimedAt - task.enqueuedAt >= 19, 'it was claimed at least 20 ms after it was enqueued')
  })

  test('gives each task to one worker only', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    await queue.add(...payloads(200))
    const claims = await Promise.all(
      Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? queue : elsewhere).worker().claim(20)),
    )
    const all = claims.flat()
    assert.equal(all.length, 200)
    assert.deepEqual(payloadsOf(all).sort(), payloads(200).sort())
    assert.equal(new Set(all.map(({ lease }) => lease)).size, 200)
    assert.equal(new Set(all.map(({ fence }) => fence)).size, 200)
  })

  test('raises the fence with every delivery', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(3))
    const worker = queue.worker()
    const first = await worker.claim(3)
    await worker.settle(...first.map(({ lease }) => ({ kind: 'release', lease }) as const))
    const fences = [...first, ...(await worker.claim(3))].map(({ fence }) => fence)
    assert.ok(fences.every((fence, i) => Number.isSafeInteger(fence) && (i === 0 || fence > fences[i - 1]!)))
  })

  test('stops claiming at the bytes it may give, but always gives one', async (scene) => {
    const queue = await scene.queue()
    const big = (i: number): string => JSON.stringify(`${i}`.padEnd(10_000, 'x'))
    await queue.add(...[1, 2, 3, 4, 5, 6].map(big))
    const worker = queue.worker()
    const seen = [...(await worker.claim(6, { maxBytes: 1 })), ...(await worker.claim(6, { maxBytes: 0 }))]
    assert.deepEqual(payloadsOf(seen), [big(1), big(2)])
    const some = await worker.claim(6, { maxBytes: 25_000 })
    assert.ok(some.length >= 1 && some.length <= 3, `25,000 bytes are two or three tasks, not ${some.length}`)
    const rest = await worker.claim(6)
    assert.deepEqual(payloadsOf([...seen, ...some, ...rest]), [1, 2, 3, 4, 5, 6].map(big))
  })

  test('settles before it claims', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"a"')
    const worker = queue.worker()
    const { lease, n } = await worker.claimOne()
    const { stale, claimed } = await worker.turn({ settlements: [{ kind: 'release', lease }], want: 1 })
    assert.deepEqual(stale, [])
    assert.equal(claimed[0]?.n, n)
    assert.notEqual(claimed[0]?.lease, lease)
  })

  test('says until when nothing is due', async (scene) => {
    const queue = await scene.queue()
    const worker = queue.worker()
    assert.equal((await worker.turn({ want: 1 })).nextDueInMs, undefined)
    await queue.add({ delayMs: 9_000, level: 9 }, { delayMs: 4_000, level: 0 })
    const { nextDueInMs } = await worker.turn({ want: 1 })
    assert.ok(nextDueInMs !== undefined && nextDueInMs > 0 && nextDueInMs <= 4_000, `not ${nextDueInMs}`)
  })

  test('says until when a lease lasts: then somebody has to recover its task', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1')
    await queue.worker().claimOne({ leaseMs: 3_000 })
    const { nextDueInMs } = await queue.worker().turn({ want: 1 })
    assert.ok(nextDueInMs !== undefined && nextDueInMs > 0 && nextDueInMs <= 3_000, `not ${nextDueInMs}`)
  })

  test('lets a lane end, and settles in its last turn', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add('1')
    const worker = queue.worker()
    const { lease } = await worker.claimOne()
    const last = await worker.turn({ settlements: [{ kind: 'complete', lease }], last: true })
    assert.deepEqual([last.stale, last.claimed], [[], []])
    assert.equal((await queue.outcome(n!)).state, 'completed')
  })
}
