import type { ClaimedTask } from '@mq/core'
import assert from 'node:assert/strict'
import { payloadsOf } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { PortWorker } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function delay(test: Test): void {
  test('never gives a delayed task early', async (scene) => {
    const queue = await scene.queue()
    const delays = [50, 120, 200]
    await queue.add(...delays.map((delayMs) => ({ delayMs, payload: String(delayMs) })))
    await queue.assertStats({ delayed: 3 })
    for (const task of await collect(scene, queue.worker(), 3)) {
      const waited = task.claimedAt - task.enqueuedAt
      assert.ok(waited >= Number(task.payload), `${task.payload} came after ${waited} ms`)
    }
  })

  test('gives delayed tasks in the order in which they fall due', async (scene) => {
    const queue = await scene.queue()
    await queue.add({ delayMs: 150, payload: '"last"' }, { delayMs: 50, payload: '"first"' })
    await queue.add({ delayMs: 100, payload: '"second"' })
    await scene.pass(200)
    const claimed = await queue.worker().claim()
    assert.deepEqual(payloadsOf(claimed).sort(), ['"first"', '"last"', '"second"'])
    // On a busy machine the second call may come so late that its task is due last.
    const delays: Readonly<Record<string, number>> = { '"first"': 50, '"second"': 100, '"last"': 150 }
    const dues = claimed.map(({ payload, enqueuedAt }) => enqueuedAt + delays[payload]!)
    assert.deepEqual(
      dues,
      dues.toSorted((a, b) => a - b),
    )
  })

  test('gives delayed tasks of one moment in the order in which they came', async (scene) => {
    const queue = await scene.queue()
    const names = Array.from({ length: 20 }, (_, i) => `"${i}"`)
    await queue.add(...names.map((payload) => ({ payload, delayMs: 50 })))
    await scene.pass(80)
    assert.deepEqual(payloadsOf(await queue.worker().claim()), names)
  })

  test('puts a task that falls due where its level says', async (scene) => {
    const queue = await scene.queue()
    await queue.add(
      '"waits"',
      { payload: '"low"', level: 1, delayMs: 50 },
      { payload: '"high"', level: 9, delayMs: 50 },
    )
    await scene.pass(80)
    assert.deepEqual(payloadsOf(await queue.worker().claim()), ['"high"', '"waits"', '"low"'])
  })

  test('gives a due task of a high level before thousands of due low ones', async (scene) => {
    const queue = await scene.queue()
    const low = Array.from({ length: 1_000 }, () => ({ payload: '"low"', level: 1, delayMs: 50 }))
    for (let i = 0; i < 3; i++) await queue.add(...low)
    await queue.add({ payload: '"high"', level: 9, delayMs: 60 })
    await scene.pass(120)
    assert.equal((await queue.worker().claim(10))[0]?.payload, '"high"')
  })

  test('shows until when a task is delayed', async (scene) => {
    const queue = await scene.queue()
    const [n] = await queue.add({ delayMs: 5_000 })
    const reading = await queue.read(n!)
    assert.ok(reading.state === 'delayed' && !reading.blocked && reading.dueInMs > 4_000 && reading.dueInMs <= 5_000)
  })

  test(
    'gives a task after a day, and not a second before',
    async (scene) => {
      const queue = await scene.queue()
      await queue.add({ delayMs: 86_400_000 })
      await scene.pass(86_399_000)
      const { claimed, nextDueInMs } = await queue.worker().turn({ want: 1 })
      assert.deepEqual([claimed, nextDueInMs], [[], 1_000])
      await scene.pass(1_000)
      assert.equal((await queue.worker().claim()).length, 1)
    },
    { longTime: true },
  )
}

/** Claims until there are so many. */
async function collect(scene: Scene, worker: PortWorker, count: number): Promise<ClaimedTask[]> {
  const tasks: ClaimedTask[] = []
  await scene.eventually(async () => {
    tasks.push(...(await worker.claim()))
    return tasks.length >= count
  }, `${count} tasks`)
  return tasks
}
