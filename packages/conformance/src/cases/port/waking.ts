import assert from 'node:assert/strict'
import { payloads, PortQueue } from '../../port-queue.ts'
import type { HintLog, PortWorker } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

/** A worker elsewhere that found nothing and waits for a hint. */
async function sleeper(scene: Scene): Promise<{ queue: PortQueue; worker: PortWorker; hints: HintLog }> {
  const queue = await scene.queueElsewhere()
  const hints = await queue.hear()
  const worker = queue.worker()
  await worker.waitForWork()
  return { queue, worker, hints }
}

async function assertWoken(scene: Scene, hints: HintLog): Promise<void> {
  await scene.eventually(() => hints.count('work') > 0, 'a hint that there is work')
}

export function waking(test: Test): void {
  test('wakes an idle worker when a task is enqueued', async (scene) => {
    const queue = await scene.queue()
    const { hints } = await sleeper(scene)
    await queue.add('1')
    await assertWoken(scene, hints)
  })

  test('wakes an idle worker when a delayed task is due earlier than it knows', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ delayMs: 60_000 })
    const { hints } = await sleeper(scene)
    await queue.add({ delayMs: 5_000 })
    await assertWoken(scene, hints)
  })

  test('wakes an idle worker when a task is given back', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1')
    const busy = queue.worker()
    const { lease } = await busy.claimOne()
    const { hints } = await sleeper(scene)
    await busy.settle({ kind: 'release', lease })
    await assertWoken(scene, hints)
  })

  for (const delayMs of [0, 5_000]) {
    test(`wakes an idle worker when a task is retried in ${delayMs} ms`, async (scene) => {
      const queue = await scene.queue()
      await queue.add('1')
      const busy = queue.worker()
      const { lease } = await busy.claimOne()
      const { hints } = await sleeper(scene)
      await busy.settle({ kind: 'retry', lease, delayMs, charge: true })
      await assertWoken(scene, hints)
    })
  }

  test('wakes an idle worker when a claim leaves work', async (scene) => {
    const queue = await scene.queue()
    const one = await sleeper(scene)
    const other = await sleeper(scene)
    await queue.add(...payloads(10))
    await scene.eventually(() => one.hints.count('work') + other.hints.count('work') > 0, 'a first hint')
    const [woken, asleep] = one.hints.count('work') > 0 ? [one, other] : [other, one]
    assert.equal((await woken.worker.claim(2)).length, 2)
    await assertWoken(scene, asleep.hints)
  })

  test('wakes an idle worker when lost tasks come back', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(3))
    await queue.worker().claim(3, { leaseMs: 1_000 })
    const { hints } = await sleeper(scene)
    await scene.pass(1_050)
    await queue.worker().claimOne()
    await assertWoken(scene, hints)
  })

  test('wakes an idle worker when tasks fall due', async (scene) => {
    const queue = await scene.queue()
    await queue.add(...payloads(3).map((payload) => ({ payload, delayMs: 2_000 })))
    const { hints } = await sleeper(scene)
    await scene.pass(2_040)
    await queue.worker().claimOne()
    await assertWoken(scene, hints)
  })

  test('wakes another worker when one that heard of work neither claims nor settles', async (scene) => {
    const queue = await scene.queue()
    const sleepers = [await sleeper(scene), await sleeper(scene)]
    const woken = (): typeof sleepers => sleepers.filter(({ hints }) => hints.count('work') > 0)
    await queue.add('1')
    await scene.eventually(() => woken().length > 0, 'a first hint')
    await woken()[0]!.worker.turn()
    await scene.eventually(() => woken().length === 2, 'a hint to the other')
    const { hints, worker } = woken()[0]!
    await worker.claimOne()
    await worker.waitForWork()
    const before = hints.count('work')
    await queue.worker().turn()
    await scene.pass(20)
    assert.equal(hints.count('work'), before)
  })

  test('wakes one worker for one task', async (scene) => {
    const queue = await scene.queue()
    const sleepers = [await sleeper(scene), await sleeper(scene), await sleeper(scene)]
    await queue.add('1')
    const count = (): number => sleepers.reduce((sum, { hints }) => sum + hints.count('work'), 0)
    await scene.eventually(() => count() > 0, 'a hint that there is work')
    await scene.pass(50)
    assert.equal(count(), 1)
  })

  test('wakes as many workers as tasks come one by one', async (scene) => {
    const queue = await scene.queue()
    const sleepers = [await sleeper(scene), await sleeper(scene), await sleeper(scene)]
    for (const payload of payloads(3)) await queue.add(payload)
    await scene.eventually(() => sleepers.every(({ hints }) => hints.count('work') > 0), 'a hint for each')
  })

  test('wakes another when those that waited are gone', async (scene) => {
    const queue = await scene.queue()
    const leaving = await scene.open()
    await leaving.queue('tasks').listen(() => undefined)
    await new PortQueue(leaving.queue('tasks')).worker().waitForWork()
    const { hints } = await sleeper(scene)
    await new PortQueue(leaving.queue('tasks')).worker().waitForWork()
    await leaving.close()
    await queue.add('1')
    await assertWoken(scene, hints)
  })

  test('does not count a worker as idle that found work by itself', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ delayMs: 2_000 })
    const before = await sleeper(scene)
    const lucky = await sleeper(scene)
    const after = await sleeper(scene)
    await scene.pass(2_020)
    assert.equal((await lucky.worker.claim(1, { awaitWork: true })).length, 1)
    await queue.add('1')
    await queue.add('2')
    await assertWoken(scene, before.hints)
    await assertWoken(scene, after.hints)
    assert.equal(lucky.hints.count('work'), 0)
  })

  test('keeps a worker in mind that only settles meanwhile', async (scene) => {
    const queue = await scene.queue()
    await queue.add('1')
    const elsewhere = await scene.queueElsewhere()
    const hints = await elsewhere.hear()
    const worker = elsewhere.worker()
    const { lease } = await worker.claimOne()
    await worker.waitForWork()
    await worker.settle({ kind: 'complete', lease })
    await queue.add('2')
    await assertWoken(scene, hints)
  })

  test('does not wake a worker whose lane has ended', async (scene) => {
    const queue = await scene.queue()
    const [ended, staying] = [await sleeper(scene), await sleeper(scene)]
    await ended.worker.turn({ last: true })
    await queue.add('1')
    await assertWoken(scene, staying.hints)
    assert.equal(ended.hints.count('work'), 0)
  })

  test('sends no hints to a subscription that was closed', async (scene) => {
    const queue = await scene.queue()
    const elsewhere = await scene.queueElsewhere()
    const heard: string[] = []
    const subscription = await elsewhere.driver.listen(({ kind }) => heard.push(kind))
    assert.equal(subscription.live, true)
    await elsewhere.worker().waitForWork()
    await subscription.close()
    await subscription.close()
    await queue.add('1')
    await scene.pass(50)
    assert.deepEqual(heard, [])
  })

  test('never calls a listener inside the call that caused the hint', async (scene) => {
    const queue = await scene.queue()
    const { hints } = await sleeper(scene)
    const added = queue.add('1')
    assert.equal(hints.hints.length, 0)
    await added
    await assertWoken(scene, hints)
  })
}
