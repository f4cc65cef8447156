import assert from 'node:assert/strict'
import { countsOf, EMPTY_STATS } from '../../port-queue.ts'
import type { PortQueue } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

const FORCE = { kind: 'obliterate', force: true } as const
const CAREFUL = { kind: 'obliterate', force: false } as const

/** One of each: waiting, delayed, dead, completed, cancelled, with their ids; paused. */
async function furnished(scene: Scene): Promise<{ queue: PortQueue; numbers: string[] }> {
  const queue = await scene.queue()
  const [dead = ''] = await queue.bury({ id: 'dead', payload: '"dead"' })
  const [done = '', cancelled = ''] = await queue.add({ id: 'done' }, { id: 'cancelled' })
  const worker = queue.worker()
  const { lease } = await worker.claimOne()
  await worker.settle({ kind: 'complete', lease, id: 'done', result: '1' })
  await queue.cancel(cancelled)
  const [waiting = '', delayed = ''] = await queue.add({ id: 'waiting' }, { delayMs: 60_000 })
  await queue.driver.apply({ kind: 'pause' })
  return { queue, numbers: [dead, done, cancelled, waiting, delayed] }
}

export function obliterate(test: Test): void {
  test('deletes all that a queue has, and it begins anew', async (scene) => {
    const { queue, numbers } = await furnished(scene)
    assert.deepEqual(await queue.driver.apply(CAREFUL), { changed: 1 })
    assert.deepEqual(countsOf(await queue.driver.stats()), EMPTY_STATS)
    for (const n of numbers) assert.deepEqual(await queue.read(n), { state: 'unknown' })
    assert.deepEqual(await queue.dead(), [])
    const ids = ['dead', 'done', 'cancelled', 'waiting']
    const again = await queue.add(...ids.map((id) => ({ id, payload: '"another"' })))
    assert.ok(again.every((n) => Number(n) > Math.max(...numbers.map(Number))))
    assert.equal((await queue.worker().claim(10)).length, 4)
  })

  test('does nothing to a queue that is not there', async (scene) => {
    const queue = await scene.queue()
    assert.deepEqual(await queue.driver.apply(CAREFUL), { changed: 0 })
    assert.deepEqual(await queue.driver.apply(FORCE), { changed: 0 })
  })

  test('does nothing while tasks run, unless it is forced: then their leases are lost', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1', '2')
    const worker = queue.worker()
    const { lease, fence } = await worker.claimOne()
    assert.deepEqual(await queue.driver.apply(CAREFUL), { changed: 0, inUse: 'tasks' })
    await queue.assertStats({ waiting: 1, running: 1 })
    assert.deepEqual(await queue.driver.apply(FORCE), { changed: 1 })
    assert.deepEqual(await queue.driver.extend([lease], 1_000), ['lost'])
    assert.deepEqual(await worker.settle({ kind: 'complete', lease }), [0])
    await queue.assertStats({})
    await queue.add('3')
    assert.ok((await worker.claimOne()).fence > fence)
  })

  test('does nothing while a worker waits for work, unless that has ended', async (scene) => {
    const queue = await scene.queue()
    await queue.hear()
    const worker = queue.worker()
    await worker.waitForWork()
    assert.deepEqual(await queue.driver.apply(CAREFUL), { changed: 0, inUse: 'workers' })
    await worker.turn({ last: true })
    assert.equal((await queue.driver.apply(CAREFUL)).inUse, undefined)
  })
}
