import assert from 'node:assert/strict'
import type { PortQueue } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

/** A worker starts the task and dies with it, so often. */
async function crash(scene: Scene, queue: PortQueue, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { lease } = await queue.worker().claimOne({ leaseMs: 1_000 })
    await queue.driver.note([{ lease, kind: 'start', body: '' }])
    await scene.pass(1_050)
  }
}

/** A handler that takes a few turns of the event loop, and how many of it ran at once at the most. */
function counted(): { readonly handler: () => Promise<void>; readonly most: () => number } {
  let [running, most] = [0, 0]
  return {
    async handler() {
      most = Math.max(most, ++running)
      for (let i = 0; i < 5; i++) await new Promise(setImmediate)
      running--
    },
    most: () => most,
  }
}

export function suspects(test: Test): void {
  test('runs a task whose worker died, without charging an attempt', async (scene) => {
    const queue = scene.broker().queue('q')
    const task = await queue.enqueue(1)
    await crash(scene, await scene.queue('q'), 1)
    queue.process((_, { attempt }) => `attempt ${attempt}`)
    assert.equal(await scene.during(task.result()), 'attempt 1')
  })

  test('runs a task alone that lost its worker twice', async (scene) => {
    const queue = scene.broker().queue('q')
    const suspect = await queue.enqueue('suspect')
    await crash(scene, await scene.queue('q'), 2)
    const others = await queue.enqueueAll(Array.from({ length: 20 }, () => ({ payload: 'other' })))
    let running = 0
    let beside = -1
    queue.process(async (payload) => {
      running++
      for (let i = 0; i < 5; i++) {
        if (payload === 'suspect') beside = Math.max(beside, running - 1)
        await new Promise(setImmediate)
      }
      running--
      return payload
    })
    assert.equal(await scene.during(suspect.result()), 'suspect')
    await scene.during(Promise.all(others.map((task) => task.result())))
    assert.equal(beside, 0)
  })

  test('goes on with other work while all workers are busy, and runs the suspect when one is not', async (scene) => {
    const queue = scene.broker().queue('q')
    const suspect = await queue.enqueue('suspect')
    await crash(scene, await scene.queue('q'), 2)
    let end = (): void => undefined
    const long = new Promise<void>((resolve) => (end = resolve))
    const done: unknown[] = []
    await queue.enqueue('long', { priority: 9 })
    queue.process(async (payload) => {
      if (payload === 'long') await long
      done.push(payload)
    })
    for (let i = 0; i < 20; i++) await scene.during((await queue.enqueue(i)).result())
    assert.deepEqual(done, [...Array(20).keys()])
    end()
    await scene.during(suspect.result())
    assert.deepEqual(done.slice(20), ['long', 'suspect'])
  })

  test('buries none of a batch whose workers died, unless it ran alone', async (scene) => {
    const queue = scene.broker().queue('q')
    const tasks = await queue.enqueueAll(Array.from({ length: 5 }, (_, i) => ({ payload: i })))
    const port = await scene.queue('q')
    // As the engine asks: the third worker that dies gets none of them.
    for (const expected of [5, 5, 0]) {
      const { claimed } = await port.worker().turn({ want: 5, leaseMs: 1_000, suspectFrom: 2 })
      assert.equal(claimed.length, expected)
      await port.driver.note(claimed.map(({ lease }) => ({ lease, kind: 'start', body: '' })))
      await scene.pass(1_050)
    }
    const asked: unknown[] = []
    queue.process((payload) => void asked.push(payload))
    await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.deepEqual(asked, [0, 1, 2, 3, 4])
    assert.equal((await queue.stats()).dead, 0)
  })

  test('runs many suspects together when one did no harm, and charges none for what another one does', async (scene) => {
    const queue = scene.broker().queue('q')
    const tasks = await queue.enqueueAll(Array.from({ length: 12 }, (_, i) => ({ payload: i })))
    const port = await scene.queue('q')
    for (const kind of ['start', 'start', 'memo'] as const) {
      const { claimed } = await port.worker().turn({ want: 12, leaseMs: 1_000 })
      await port.driver.note(claimed.map(({ lease }) => ({ lease, kind, body: kind === 'memo' ? '[]' : '' })))
      await scene.pass(1_050)
    }
    const { handler, most } = counted()
    queue.process(handler)
    await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.ok(most() >= 4, `at most ${most()} ran together`)
    assert.equal((await queue.stats()).dead, 0)
  })

  test('charges none that waited in the buffers of workers that died, more than once', async (scene) => {
    const queue = scene.broker().queue('q')
    const tasks = await queue.enqueueAll(Array.from({ length: 5 }, (_, i) => ({ payload: i })))
    const port = await scene.queue('q')
    for (let deaths = 0; deaths < 6; deaths++) {
      const { claimed } = await port.worker().turn({ want: 5, leaseMs: 1_000, suspectFrom: 2 })
      assert.equal(claimed.length, 5)
      await scene.pass(1_050)
    }
    const { handler, most } = counted()
    queue.process(handler)
    await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.equal(most(), 5)
  })

  test('buries a task that lost its worker three times, without running it', async (scene) => {
    const queue = scene.broker().queue('q')
    const suspect = await queue.enqueue('suspect', { id: 'killer' })
    await crash(scene, await scene.queue('q'), 3)
    const other = await queue.enqueue('other')
    const ran: unknown[] = []
    queue.process((payload) => void ran.push(payload))
    const outcome = await scene.during(suspect.outcome())
    assert.ok(outcome.state === 'dead' && outcome.reason === 'crash-limit')
    await scene.during(other.result())
    assert.deepEqual(ran, ['other'])
    const [letter] = await queue.dead.list()
    assert.deepEqual([letter?.id, letter?.crashes, letter?.failures], ['killer', 3, 0])
  })
}
