import assert from 'node:assert/strict'
import { payloadsOf } from '../../port-queue.ts'
import type { PortQueue } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

/** Tasks with these payloads, each of which lost one lease. */
async function lostOnce(scene: Scene, ...tasks: string[]): Promise<PortQueue> {
  const queue = await scene.queue()
  await queue.add(...tasks)
  await queue.worker().claim(tasks.length, { leaseMs: 1_000 })
  await scene.pass(1_050)
  return queue
}

export function suspects(test: Test): void {
  test('steps over tasks that lost so many leases, and says so', async (scene) => {
    const queue = await lostOnce(scene, '1', '2')
    await queue.add('3', '4')
    const worker = queue.worker()
    const { claimed, suspects: left } = await worker.turn({ want: 1, suspectFrom: 1 })
    assert.deepEqual([payloadsOf(claimed), left], [['3'], true])
    assert.deepEqual(payloadsOf(await worker.claim(10, { suspectFrom: 1 })), ['4'])
    const { claimed: none, suspects: still } = await worker.turn({ want: 10, suspectFrom: 1 })
    assert.deepEqual([none, still], [[], true])
    await queue.assertStats({ waiting: 2, running: 2 })
  })

  test('steps over hundreds of them in one call', async (scene) => {
    const queue = await lostOnce(scene, ...Array.from({ length: 300 }, (_, i) => `${i}`))
    const worker = queue.worker()
    for (let k = 0; k < 5; k++) assert.deepEqual(await worker.claim(1, { suspectFrom: 1 }), [])
    await queue.add('"last"')
    assert.deepEqual(payloadsOf(await worker.claim(1, { suspectFrom: 1 })), ['"last"'])
    const one = await worker.claim(1)
    assert.deepEqual(payloadsOf([...one, ...(await worker.claim(1_000))]), [...Array(300).keys()].map(String))
  })

  test('gives them first to a turn that takes any, in their order', async (scene) => {
    const queue = await lostOnce(scene, '1', '2')
    await queue.add('3', { payload: '"high"', level: 9 })
    const worker = queue.worker()
    assert.deepEqual(payloadsOf(await worker.claim(1, { suspectFrom: 1 })), ['"high"'])
    assert.deepEqual(payloadsOf(await worker.claim(1, { suspectFrom: 1 })), ['3'])
    await queue.add('4', { payload: '"higher"', level: 9 })
    const { claimed, suspects: left } = await worker.turn({ want: 3 })
    assert.deepEqual([payloadsOf(claimed), left], [['1', '2', '"higher"'], undefined])
  })

  test('takes more than a turn suspects for one of the others', async (scene) => {
    const queue = await lostOnce(scene, '1')
    const { claimed, suspects: left } = await queue.worker().turn({ want: 10, suspectFrom: 2 })
    assert.deepEqual([payloadsOf(claimed), left], [['1'], undefined])
  })

  test('says of them also to a turn that claims nothing, and no more when another worker took the last', async (scene) => {
    const queue = await lostOnce(scene, '1')
    const [worker, other] = [queue.worker(), queue.worker()]
    await worker.turn({ want: 10, suspectFrom: 1 })
    assert.equal((await worker.turn({ suspectFrom: 1 })).suspects, true)
    assert.equal((await other.claim(1)).length, 1)
    assert.equal((await worker.turn({ suspectFrom: 1 })).suspects, undefined)
  })

  test('can be cancelled, given back, purged and explained like others', async (scene) => {
    const queue = await lostOnce(scene, '1', '2', '3')
    const worker = queue.worker()
    assert.equal((await worker.turn({ want: 10, suspectFrom: 1 })).suspects, true)
    const [first, second] = await worker.claim(2)
    await worker.settle({ kind: 'release', lease: second!.lease }, { kind: 'release', lease: first!.lease })
    assert.equal((await worker.turn({ want: 10, suspectFrom: 1 })).suspects, true)
    assert.equal(await queue.cancel(first!.n), 'cancelled')
    await queue.assertStats({ waiting: 2 })
    const facts = await queue.driver.inspect({ n: second!.n })
    assert.deepEqual([facts.reading, facts.crashes, facts.ahead], [{ state: 'waiting', n: second!.n }, 1, undefined])
    const { changed, more } = await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: 'no', limit: 10 })
    assert.deepEqual([changed, more], [2, false])
    await queue.assertStats({})
    assert.equal((await worker.turn({ want: 10, suspectFrom: 1 })).suspects, undefined)
  })

  test('is displaced from a full queue before others, the first of them first', async (scene) => {
    const queue = await lostOnce(scene, '1', '2', '3')
    const worker = queue.worker()
    await worker.turn({ want: 10, suspectFrom: 1 })
    await queue.offer(['4', '5'], { capacity: 3, displace: true })
    await queue.assertStats({ waiting: 3, dead: 2, displaced: 2 })
    await queue.offer(['6', '7'], { capacity: 3, displace: true })
    await queue.assertStats({ waiting: 3, dead: 4, displaced: 4 })
    assert.deepEqual(payloadsOf(await worker.claim(10)), ['5', '6', '7'])
  })

  test('wakes another worker for what it sets aside', async (scene) => {
    const queue = await lostOnce(scene, '1')
    const elsewhere = await scene.queueElsewhere()
    const hints = await elsewhere.hear()
    await queue.driver.apply({ kind: 'pause' })
    await elsewhere.worker().waitForWork()
    await queue.driver.apply({ kind: 'resume' })
    await scene.eventually(() => hints.count('work') > 0, 'a hint of the resumption')
    await queue.driver.apply({ kind: 'pause' })
    await elsewhere.worker().waitForWork()
    const before = hints.count('work')
    await queue.driver.apply({ kind: 'resume' })
    await queue.worker().turn({ want: 10, suspectFrom: 1 })
    await scene.eventually(() => hints.count('work') > before, 'a hint that there is work')
  })
}
