// What a history takes where all of 24 hours and 90 days is kept and every bucket is in use, and what is read of it then.
import { silentLogger } from '@mq/core'
import type { HistoryResolution } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { redisAdapter } from '@mq/redis-adapter'
import { expect, it } from 'vitest'
import { HeldClock } from '../lab/held-clock.ts'
import { Lab } from '../lab/lab.ts'
import { NUMBERED_EACH } from '../../src/scripts/history/history-parts.ts'

const lab = await Lab.start()
const { redis } = lab

const TICK_MS = 10_000
const HOUR_MS = 3_600_000
const NOTHING = { waits: [], runs: [] }
/** All buckets, with the largest counts that the port takes. */
const counts = Array.from({ length: 240 }, (_, bucket) => [bucket, 1e12] as const)
const EVERYTHING = { waits: counts, runs: counts }

/** Two bytes of a number, and what an entry holds beside its own. */
function numbered(entry: Buffer, number: number): Buffer {
  return Buffer.concat([Buffer.from([Math.floor(number / 256) % 256, number % 256]), entry.subarray(-14)])
}

/** As many entries as are kept, each as the adapter wrote the one of the same place in its round of 64. */
async function fill(key: string, newest: number, kept: number): Promise<void> {
  const own = await redis.lrangeBuffer(key, -NUMBERED_EACH, -1)
  await redis.del(key)
  const pipeline = redis.pipeline()
  for (let number = newest - kept + 1; number <= newest; number++) {
    const source = own.at(-1 - ((newest - number) % NUMBERED_EACH))!
    const isFirst = number === newest - kept + 1
    pipeline.rpush(key, isFirst || source.length === 16 ? numbered(source, number) : source)
  }
  await pipeline.exec()
}

it('takes at most 200 KB where all of 24 hours and 90 days is kept with every bucket in use, and nothing where nothing happens', async () => {
  const clock = await HeldClock.start(redis, lab.freshName())
  const name = lab.freshName()
  const storage = redisAdapter({ connect: () => clock.client(lab.server.url) }).open({
    clock: createVirtualClock(),
    logger: silentLogger,
    onError: () => undefined,
  })
  lab.defer(() => storage.close())
  await storage.ready()
  const queue = storage.queue(name)
  const [samples, ticks, hours] = ['samples', 'ticks', 'hours'].map((part) => `mq:{${name}}:${part}`) as [
    string,
    string,
    string,
  ]
  const report = async (sample: typeof EVERYTHING | typeof NOTHING, ms: number): Promise<void> => {
    await queue.sample!(sample)
    await clock.pass(ms)
  }
  for (let i = 0; i < 3; i++) await report(NOTHING, TICK_MS)
  expect(await redis.exists(ticks, hours)).toBe(0)

  const task = { level: 4, delayMs: 0, header: '', payload: '1' }
  await queue.enqueue({ lane: 'p', seq: 1, atomic: false, tasks: [task] })
  for (let i = 0; i < NUMBERED_EACH + 2; i++) await report(EVERYTHING, HOUR_MS)
  for (let i = 0; i < NUMBERED_EACH + 2; i++) await report(EVERYTHING, TICK_MS)
  for (const [key, field, kept] of [
    [ticks, 'lastTick', 8_640],
    [hours, 'lastHour', 2_160],
  ] as const) {
    await fill(key, Number(await redis.hget(samples, field)), kept)
  }
  for (let i = 0; i < 5; i++) await report(EVERYTHING, TICK_MS)

  expect(await redis.llen(ticks)).toBe(8_640)
  let bytes = 0
  for (const key of [samples, ticks, hours]) {
    bytes += (await redis.call('MEMORY', ['USAGE', key, 'SAMPLES', '0'])) as number
  }
  expect(bytes).toBeLessThanOrEqual(200_000)
  expect(bytes).toBeGreaterThan(150_000)

  // All of it is read, wherever a page begins.
  const read = async (resolution: HistoryResolution, limit: number): Promise<number[]> => {
    const found: number[] = []
    for (let more = true, skip = 0; more; skip += limit) {
      const page = await queue.history!({ resolution, skip, limit })
      for (const { at, waitMs } of page.points) if (waitMs!.p50 < waitMs!.p95) found.push(at)
      more = page.more
    }
    return found
  }
  for (const [resolution, ms, kept] of [
    ['10s', TICK_MS, 8_640],
    ['1h', HOUR_MS, 2_160],
  ] as const) {
    for (const limit of [1_000, 77]) {
      const found = await read(resolution, limit)
      expect(found.length).toBeGreaterThanOrEqual(kept - 1)
      expect(found.slice(1).every((at, i) => found[i]! - at === ms)).toBe(true)
    }
  }
})
