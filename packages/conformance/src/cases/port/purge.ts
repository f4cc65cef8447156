import assert from 'node:assert/strict'
import { payloads, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function purge(test: Test): void {
  test('ends the waiting as cancelled, and leaves the others alone', async (scene) => {
    const queue = await scene.queue()
    const [running] = await queue.add('"runs"')
    await queue.worker().claimOne()
    const [n] = await queue.add('"waits"', { delayMs: 60_000 })
    const command = { kind: 'purge', state: 'waiting', reason: 'tidy', limit: 1_000 } as const
    assert.equal((await queue.driver.apply(command)).changed, 1)
    const { state, body } = await queue.outcome(n!)
    assert.deepEqual([state, body], ['cancelled', 'tidy'])
    await queue.assertStats({ running: 1, delayed: 1 })
    assert.equal((await queue.read(running!)).state, 'running')
    assert.deepEqual(await queue.driver.apply(command), { changed: 0, more: false })
  })

  test('ends the delayed', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"waits"', { delayMs: 60_000 }, { delayMs: 1, level: 9 })
    const command = { kind: 'purge', state: 'delayed', reason: '', limit: 1_000 } as const
    assert.equal((await queue.driver.apply(command)).changed, 2)
    await scene.pass(5)
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"waits"'])
  })

  test('takes the oldest of the lowest level first, no more than it may, and says that there is more', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ level: 9, payload: '"high"' }, ...payloads(5))
    const command = { kind: 'purge', state: 'waiting', reason: '', limit: 3 } as const
    assert.deepEqual(await queue.driver.apply(command), { changed: 3, more: true })
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"high"', '"4"', '"5"'])
  })

  test('is not held up by cancelled tasks', async (scene) => {
    const queue = await scene.queue()
    const numbers = await queue.add(...payloads(50))
    for (const n of numbers.slice(0, 40)) await queue.cancel(n)
    let changed = 0
    for (let more = true; more;) {
      const reply = await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 7 })
      changed += reply.changed
      more = reply.more === true
    }
    assert.equal(changed, 10)
    await queue.assertStats({})
  })

  test('notifies callers that await a purged task, and makes room', async (scene) => {
    const queue = await scene.queue()
    const hints = await queue.hear()
    const [n] = await queue.add({ id: 'own', header: '{"id":"own"}' })
    await queue.read(n!, { watch: true })
    await queue.offer(['2'], { capacity: 1, awaitRoom: true })
    await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: 'tidy', limit: 10 })
    await scene.eventually(() => hints.count('ended') > 0 && hints.count('room') > 0, 'hints of the end and of room')
    assert.equal(hints.of('ended')[0]?.outcome.state, 'cancelled')
    assert.equal((await queue.read({ id: 'own' })).state, 'ended')
  })

  test('forgets what a purged task had been through', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1')
    const worker = queue.worker()
    await worker.settle({ kind: 'retry', lease: (await worker.claimOne()).lease, delayMs: 0, charge: true })
    await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 10 })
    await queue.assertStats({})
    await queue.add('2')
    assert.deepEqual(
      (await worker.claim()).map(({ payload, failures }) => [payload, failures]),
      [['2', 0]],
    )
  })
}
