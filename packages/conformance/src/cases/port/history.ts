import type { HistoryPoint, HistoryResolution, QueueAdmin, QueueDriver, WorkSample } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { PortQueue } from '../../port-queue.ts'
import type { OptionalPart, Test } from '../../topic.ts'

type Driver = QueueDriver & QueueAdmin

const TICK_MS = 10_000
const NOTHING: WorkSample = { waits: [], runs: [] }

/** Oldest first. Undefined where the adapter keeps none. */
async function pointsOf({ driver }: PortQueue, resolution: HistoryResolution = '10s'): Promise<HistoryPoint[]> {
  const points: HistoryPoint[] = []
  for (let skip = 0, more = true; more; skip += 1_000) {
    const page = await driver.history!({ resolution, skip, limit: 1_000 })
    points.unshift(...page.points.toReversed())
    more = page.more
  }
  return points
}

const near = (actual: number | undefined, expected: number, part: number): void =>
  assert.ok(Math.abs(actual! - expected) <= expected * part, `${actual} is not about ${expected}`)

const HISTORY: OptionalPart = { name: 'history', of: async (scene) => (await scene.queue()).driver.sample }

export function history(test: Test): void {
  const kept = (title: string, body: (queue: PortQueue, pass: (ms: number) => Promise<void>) => Promise<void>): void =>
    test(title, async (scene) => body(await scene.queue(), (ms) => scene.pass(ms)), { longTime: true, part: HISTORY })
  const sample = (queue: PortQueue, given: WorkSample = NOTHING): Promise<void> => queue.driver.sample!(given)

  kept('is empty until a period is over, and has what was there and what went through', async (queue, pass) => {
    await sample(queue)
    await queue.add('1', '2', '3', '4', { delayMs: 3_600_000 })
    const [a, b] = await queue.worker().claim(2)
    await queue.worker().settle({ kind: 'complete', lease: a!.lease })
    await queue.worker().settle({ kind: 'retry', lease: b!.lease, delayMs: 3_600_000, charge: true })
    await queue.worker().claim(1)
    await sample(queue, { waits: [[0, 3]], runs: [[57, 2]] })
    assert.deepEqual(await pointsOf(queue), [])
    await pass(TICK_MS)
    const [point, ...others] = await pointsOf(queue)
    assert.deepEqual(others, [])
    const { at, waitMs, runMs, ...counts } = point!
    assert.equal(at % TICK_MS, 0)
    assert.deepEqual(counts, { waiting: 1, delayed: 2, running: 1, dead: 0, enqueued: 5, completed: 1, failed: 1 })
    assert.deepEqual(waitMs, { p50: 0.5, p95: 0.5, p99: 0.5 })
    for (const each of Object.values(runMs!)) near(each, 2 ** (56.5 / 8), 0.01)
    // The report that closes it changes nothing of it.
    await sample(queue)
    assert.deepEqual(await pointsOf(queue), [point])
  })

  kept('adds up what several workers report, and counts what went through once', async (queue, pass) => {
    await sample(queue)
    await queue.add(...Array.from({ length: 30 }, (_, i) => String(i)))
    const tasks = await queue.worker().claim(30)
    await queue.worker().settle(...tasks.map(({ lease }) => ({ kind: 'complete', lease }) as const))
    // 98 of 100 below 1 ms, one of 16 ms, one of ten days.
    await sample(queue, {
      waits: [
        [0, 50],
        [33, 1],
      ],
      runs: [],
    })
    await sample(queue, { waits: [[0, 48]], runs: [[9, 1]] })
    await sample(queue, { waits: [[239, 1]], runs: [[9, 1]] })
    await pass(TICK_MS)
    await sample(queue)
    const [{ waitMs, runMs, completed, enqueued } = {} as HistoryPoint] = await pointsOf(queue)
    assert.deepEqual([completed, enqueued], [30, 30])
    assert.deepEqual([waitMs!.p50, waitMs!.p95], [0.5, 0.5])
    near(waitMs!.p99, 16, 0.05)
    near(runMs!.p50, 2, 0.1)
  })

  kept(
    'has no period in which nothing was there and nothing happened, and none in which nobody reported',
    async (queue, pass) => {
      const closedAt = async (): Promise<number[]> => (await pointsOf(queue)).map(({ at }) => at / TICK_MS)
      await sample(queue)
      await pass(TICK_MS)
      await sample(queue)
      assert.deepEqual(await closedAt(), [])
      await queue.add('1')
      await sample(queue)
      await pass(5 * TICK_MS)
      await queue.add('2', '3')
      await sample(queue)
      await pass(TICK_MS)
      await sample(queue)
      const points = await pointsOf(queue)
      assert.deepEqual(
        points.map(({ waiting, enqueued }) => [waiting, enqueued]),
        [
          [1, 1],
          [3, 2],
        ],
      )
      assert.equal(points[1]!.at - points[0]!.at, 5 * TICK_MS)
    },
  )

  kept('keeps large numbers to a percent, and small ones as they are', async (queue, pass) => {
    const sizes = [1, 2, 9, 48, 700]
    await sample(queue)
    for (const size of sizes) {
      for (let left = size; left > 0; left -= 500) {
        await queue.add(...Array.from({ length: Math.min(left, 500) }, () => '1'))
      }
      await sample(queue)
      await pass(TICK_MS)
    }
    await sample(queue)
    const enqueued = (await pointsOf(queue)).map((point) => point.enqueued)
    assert.deepEqual(enqueued.slice(0, 4), sizes.slice(0, 4))
    near(enqueued[4], 700, 0.011)
  })

  kept('is of 24 hours in periods of 10 s, and of 90 days in those of an hour', async (queue, pass) => {
    await sample(queue)
    await queue.add('1')
    for (let hour = 0; hour < 26; hour++) {
      for (let i = 0; i < 3; i++) {
        await sample(queue, { waits: [], runs: [[9, 1]] })
        await pass(i < 2 ? TICK_MS : 3_600_000 - 2 * TICK_MS)
      }
    }
    await sample(queue)
    const [ticks, hours] = [await pointsOf(queue), await pointsOf(queue, '1h')]
    assert.ok(ticks.length >= 70 && ticks.length <= 74, `${ticks.length} periods of 10 s`)
    assert.ok(ticks.at(-1)!.at - ticks[0]!.at <= 86_400_000)
    assert.ok(hours.length >= 26 && hours.length <= 27)
    for (const { at, waiting, runMs } of hours) {
      assert.deepEqual([at % 3_600_000, waiting], [0, 1])
      near(runMs!.p50, 2, 0.1)
    }
    for (let day = 0; day < 91; day++) {
      await sample(queue)
      await pass(86_400_000)
    }
    await sample(queue)
    assert.equal((await pointsOf(queue)).length, 1)
    const days = await pointsOf(queue, '1h')
    assert.ok(days.length >= 89 && days.length <= 92, `${days.length} hours`)
  })

  kept('answers pages, the newest first', async (queue, pass) => {
    await queue.add('1')
    for (let i = 0; i < 8; i++) {
      await sample(queue)
      await pass(TICK_MS)
    }
    const whole = await queue.driver.history!({ resolution: '10s', skip: 0, limit: 1_000 })
    assert.deepEqual([whole.points.length, whole.more], [8, false])
    await sample(queue)
    const some = await queue.driver.history!({ resolution: '10s', skip: 2, limit: 3 })
    assert.deepEqual([[...some.points], some.more], [whole.points.slice(2, 5), true])
    const last = await queue.driver.history!({ resolution: '10s', skip: 6, limit: 3 })
    assert.deepEqual([[...last.points], last.more], [whole.points.slice(6), false])
  })

  kept('says what went through in the last minutes, as long as somebody reports', async (queue, pass) => {
    assert.equal((await queue.driver.stats()).recent, undefined)
    await sample(queue)
    for (let i = 0; i < 60; i++) {
      await queue.add('1', '2')
      const [task] = await queue.worker().claim(1)
      await queue.worker().settle({ kind: 'complete', lease: task!.lease })
      await pass(TICK_MS)
      await sample(queue, { waits: [[9, 1]], runs: [[i < 30 ? 200 : 33, 1]] })
    }
    const { recent } = await queue.driver.stats()
    const { enqueued, completed, failed } = recent!.perSecond
    near(enqueued, 0.2, 0.1)
    near(completed, 0.1, 0.1)
    assert.equal(failed, 0)
    assert.ok(recent!.overMs >= 150_000 && recent!.overMs <= 310_000, String(recent!.overMs))
    for (const each of Object.values(recent!.runMs!)) near(each as number, 16, 0.05)
    near(recent!.waitMs!.p99, 2, 0.1)
    await pass(300_000)
    assert.equal((await queue.driver.stats()).recent, undefined)
  })

  kept('is gone with its queue', async (queue, pass) => {
    await queue.add('1')
    await sample(queue)
    await pass(TICK_MS)
    await sample(queue)
    assert.equal((await pointsOf(queue)).length, 1)
    await queue.driver.apply({ kind: 'obliterate', force: true })
    assert.deepEqual([await pointsOf(queue), (await queue.driver.stats()).recent], [[], undefined])
    await sample(queue)
    await pass(TICK_MS)
    await sample(queue)
    assert.deepEqual(await pointsOf(queue), [])
  })

  test(
    'refuses arguments that are not right',
    async (scene) => {
      const { driver } = await scene.queue()
      const samples: readonly (readonly [number, number])[] = [
        [-1, 1],
        [240, 1],
        [1.5, 1],
        [1, -1],
        [1, 0.5],
        [1, 1e13],
      ]
      for (const each of samples) await assertCode(driver.sample!({ waits: [each], runs: [] }), 'storage-refused')
      const many = Array.from({ length: 241 }, () => [1, 1] as const)
      await assertCode(driver.sample!({ waits: [], runs: many }), 'storage-refused')
      const page = { resolution: '10s', skip: 0, limit: 1 } as const
      for (const wrong of [{ resolution: '1m' }, { skip: -1 }, { skip: 1e6 }, { limit: 0 }, { limit: 1_001 }]) {
        await assertCode(driver.history!({ ...page, ...wrong } as never), 'storage-refused')
      }
      const storage = await scene.open()
      const closed: Driver = storage.queue('q')
      await storage.close()
      await assertCode(closed.sample!(NOTHING), 'closed')
      await assertCode(closed.history!(page), 'closed')
    },
    { part: HISTORY },
  )
}
