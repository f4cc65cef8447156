import { systemClock } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function scheduling(test: Test): void {
  test('starts a delayed task when it is due, not before', async (scene) => {
    const queue = scene.broker().queue('q')
    const clock = scene.clock ?? systemClock
    queue.process(() => clock.now())
    const before = clock.now()
    const task = await queue.enqueue(1, { delayMs: 4_000 })
    const status = await task.status()
    assert.ok(status.state === 'delayed' && status.dueInMs! > 0 && status.dueInMs! <= 4_000)
    const startedAt = (await scene.during(task.result())) as number
    assert.ok(startedAt - before >= 3_999, `it started after ${startedAt - before} ms`)
    // An idle worker that knows of nothing looks after 1 s, 3 s and 7 s.
    assert.ok(
      startedAt - before < 6_500,
      `it started after ${startedAt - before} ms: nobody should have to poll for it`,
    )
  })

  test('runs higher priorities first, and in order inside one', async (scene) => {
    const queue = scene.broker().queue('q')
    const entries = [4, 0, 9, 4, 9, 0].map((priority, i) => ({
      priority,
      payload: `${priority}${'ab'[Number(i > 2)]}`,
    }))
    const tasks = await queue.enqueueAll(entries)
    tasks.push(await queue.enqueue('default'))
    const ran: unknown[] = []
    queue.process((payload) => void ran.push(payload), { concurrency: 1 })
    await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.deepEqual(ran, ['9a', '9b', '4a', '4b', 'default', '0a', '0b'])
  })

  test('runs tasks of one priority in the order in which they came', async (scene) => {
    const queue = scene.broker().queue('q')
    const ran: unknown[] = []
    const tasks = await Promise.all(Array.from({ length: 300 }, (_, n) => queue.enqueue(n)))
    queue.process((n) => void ran.push(n), { concurrency: 1 })
    await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.deepEqual(ran, [...Array(300).keys()])
  })

  test('ends a task unrun that was not started in time', async (scene) => {
    const queue = scene.broker().queue('q')
    const [expired, inTime] = [
      await queue.enqueue('expired', { expiresInMs: 40 }),
      await queue.enqueue('in time', { expiresInMs: 60_000 }),
    ]
    await scene.pass(80)
    const ran: unknown[] = []
    queue.process((payload) => void ran.push(payload))
    await assertCode(scene.during(expired.result()), 'task-expired')
    await scene.during(inTime.result())
    assert.equal((await expired.outcome()).state, 'expired')
    assert.deepEqual(ran, ['in time'])
    assert.equal((await queue.stats()).dead, 0)
  })

  test(
    'starts tasks of different hours each in its hour',
    async (scene) => {
      const queue = scene.broker().queue('q')
      const hours: unknown[] = []
      queue.process((hour) => void hours.push(hour))
      for (const hour of [3, 1, 2]) await queue.enqueue(hour, { delayMs: hour * 3_600_000 })
      await scene.pass(3_590_000)
      for (const hour of [1, 2, 3]) {
        assert.equal(hours.length, hour - 1)
        await scene.pass(20_000)
        assert.equal(hours.at(-1), hour)
        await scene.pass(3_580_000)
      }
    },
    { longTime: true },
  )
}
