import assert from 'node:assert/strict'
import { setLimits } from '../../port-sharing.ts'
import { PortSchedules, SCHEDULES, tickOf } from '../../port-schedules.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

/** Ticks whose tasks have keys. */
export function keyedSchedules(test: Test): void {
  const keyed = (title: string, body: (schedules: PortSchedules, scene: Scene) => Promise<void>): void =>
    test(
      title,
      async (scene) => {
        const schedules = new PortSchedules(await scene.queue(), scene)
        // Where there are no keys, none is given.
        if (schedules.queue.driver.keys !== undefined) await body(schedules, scene)
      },
      { part: SCHEDULES },
    )

  const header = '{"key":"a"}'
  const task = { level: 4, delayMs: 0, header, key: 'a', weight: 3, payload: '"of a"' }
  const ONE_OF_EACH_KEY = { perKey: { concurrency: 1 } }

  keyed('stand in the line of their key, and limits of keys hold for them', async (schedules) => {
    const { queue } = schedules
    const [first, second] = [await schedules.setDue('first'), await schedules.setDue('second')]
    const ticks = [first, second].map((schedule) => ({ ...tickOf(schedule, [], 60_000), tasks: [task] }))
    const plain = { ...tickOf(await schedules.setDue('plain'), ['"plain"'], 60_000) }
    const receipts = await schedules.ticks([...ticks, plain])
    assert.deepEqual(
      receipts.map(({ state }) => state),
      ['done', 'done', 'done'],
    )
    await setLimits(queue, ONE_OF_EACH_KEY)
    const worker = queue.worker()
    const claimed = await worker.claim(10)
    assert.deepEqual(claimed.map(({ payload }) => payload).sort(), ['"of a"', '"plain"'])
    await worker.settle({ kind: 'complete', lease: claimed.find(({ payload }) => payload === '"of a"')!.lease })
    assert.deepEqual(
      (await worker.claim(10)).map(({ payload }) => payload),
      ['"of a"'],
    )
  })

  keyed('are done once, however often they are sent, with keys as without', async (schedules) => {
    const schedule = await schedules.setDue('s')
    const batch = {
      lane: schedules.lane,
      seq: 1_000,
      ticks: [{ ...tickOf(schedule, [], 60_000), tasks: [task, { ...task, delayMs: 60_000 }] }],
    }
    const first = await schedules.driver.tick(batch)
    assert.deepEqual(await schedules.driver.tick(batch), first)
    assert.deepEqual(await schedules.driver.tick({ ...batch, seq: 1_001 }), [{ state: 'stale' }])
    await schedules.queue.assertStats({ waiting: 1, delayed: 1 })
    const { tasks } = await schedules.queue.driver.page({ state: 'waiting', key: 'a', limit: 10 })
    assert.equal(tasks.length, 1)
  })
}
