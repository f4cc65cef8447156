import assert from 'node:assert/strict'
import { payloads, payloadsOf } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function displace(test: Test): void {
  test('buries the oldest of the lowest level to make room, and counts it', async (scene) => {
    const queue = await scene.queue()
    const [high, low] = await queue.add({ level: 9, payload: '"high"' }, ...payloads(3))
    const receipts = await queue.offer(['"new"', '"newer"'], { capacity: 4, displace: true })
    assert.deepEqual(
      receipts.map(({ state }) => state),
      ['accepted', 'accepted'],
    )
    const { state, reason } = await queue.outcome(low!)
    assert.deepEqual([state, reason], ['dead', 'displaced'])
    assert.equal((await queue.read(high!)).state, 'waiting')
    await queue.assertStats({ waiting: 4, dead: 2, displaced: 2 })
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"high"', '"3"', '"new"', '"newer"'])
  })

  test('displaces of its own batch, too', async (scene) => {
    const queue = await scene.queue()
    await queue.offer(payloads(5), { capacity: 2, displace: true })
    await queue.assertStats({ waiting: 2, dead: 3, displaced: 3 })
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"4"', '"5"'])
  })

  test('displaces nothing while there is room, and skips cancelled tasks', async (scene) => {
    const queue = await scene.queue()
    const [a] = await queue.add(...payloads(3))
    await queue.cancel(a!)
    await queue.offer(['"new"'], { capacity: 3, displace: true })
    await queue.assertStats({ waiting: 3 })
    await queue.offer(['"newer"'], { capacity: 3, displace: true })
    await queue.assertStats({ waiting: 3, dead: 1, displaced: 1 })
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"3"', '"new"', '"newer"'])
  })

  test('displaces nothing for a batch of which nothing is taken', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1', { id: 'own', payload: '2' })
    const bound = { capacity: 1, displace: true }
    const states = async (payload: string, atomic: boolean): Promise<string[]> => {
      const receipts = await queue.offer([{ id: 'own', payload }], { ...bound, atomic })
      return receipts.map(({ state }) => state)
    }
    assert.deepEqual(await states('2', false), ['existing'])
    assert.deepEqual(await states('3', true), ['conflict'])
    await queue.assertStats({ waiting: 2 })
  })

  test('displaces neither running nor delayed tasks, nor for delayed ones', async (scene) => {
    const queue = await scene.queue()
    await queue.add('"runs"', { delayMs: 60_000 })
    await queue.worker().claimOne()
    await queue.offer(['1', { delayMs: 60_000 }], { capacity: 1, displace: true })
    await queue.assertStats({ running: 1, delayed: 2, waiting: 1 })
  })

  test('notifies callers that await a displaced task, and keeps its id for the letter', async (scene) => {
    const queue = await scene.queue()
    const hints = await queue.hear()
    const [n] = await queue.add({ id: 'own', header: '{"id":"own"}' })
    await queue.read(n!, { watch: true })
    await queue.offer(['"new"'], { capacity: 1, displace: true })
    await scene.eventually(() => hints.count('ended') > 0, 'a hint of the end')
    assert.equal(hints.of('ended')[0]?.outcome.reason, 'displaced')
    assert.deepEqual(await queue.dead(), [n])
    assert.equal((await queue.driver.apply({ kind: 'redrive', tasks: [{ n: n!, delayMs: 0 }] })).changed, 1)
    assert.deepEqual(await queue.read({ id: 'own' }), { state: 'waiting', n })
  })

  test('answers a repeated batch as before, and displaces once', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1')
    const batch = { lane: 'again', seq: 1, atomic: false, capacity: 1, displace: true } as const
    const tasks = [{ level: 4, delayMs: 0, header: '', payload: '"new"' }]
    const first = await queue.driver.enqueue({ ...batch, tasks })
    assert.deepEqual(await queue.driver.enqueue({ ...batch, tasks }), first)
    await queue.assertStats({ waiting: 1, dead: 1, displaced: 1 })
  })
}
