// The cases in which hours pass, on a clock of Redis that can be moved; and what others, or earlier versions, wrote into it.
import { randomUUID } from 'node:crypto'
import { testAdapter } from '@mq/conformance'
import { decodeRecord, encodeRecord } from '@mq/core/adapter'
import { silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { redisAdapter } from '@mq/redis-adapter'
import { describe, expect, it } from 'vitest'
import { MovedClock } from '../lab/moved-clock.ts'
import { createDice } from '../lab/seeded.ts'
import { OPEN_FIELDS, RECORD } from '../../src/scripts/history/history-parts.ts'
import { RECENT_FIELDS } from '../../src/scripts/history/recent.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab

testAdapter(
  {
    describe: (title, body) => void (/conforms$|port: history$/.test(title) && describe(title, body)),
    it,
  },
  {
    name: 'redisAdapter, on a clock that is moved,',
    capabilities: redisAdapter({ url: lab.server.url }).capabilities,
    create: async () => {
      const clock = new MovedClock()
      // Not at an edge of an hour, or of ten seconds.
      clock.aheadMs = 3_600_000 - (Date.now() % 3_600_000) + 1_802_000
      const adapter = redisAdapter({ connect: () => clock.client(lab.server.url), prefix: randomUUID() })
      const pass = async (ms: number): Promise<void> => void (clock.aheadMs += ms)
      return { adapter, clock: createVirtualClock(), time: { pass }, dispose: async () => {} }
    },
  },
)

describe('the history of a queue in Redis', () => {
  it('reads what versions wrote that gave each record its number, and each count its bucket', async () => {
    const port = await lab.queue()
    await port.add('1')
    const tick = Math.floor(Date.now() / 10_000)
    const record = (waiting: number): Buffer => {
      const counts = { waiting, delayed: 0, running: 0, dead: 0, enqueued: 0, completed: 0, failed: 0 }
      return Buffer.from(encodeRecord({ ...counts, waits: [1], runs: [] }), 'latin1')
    }
    for (let number = tick - 6; number < tick - 1; number++) {
      const low = Buffer.from([Math.floor(number / 256) % 256, number % 256])
      await redis.rpush(port.key('ticks'), Buffer.concat([low, record(tick - number)]))
    }
    const base = `0,0,0,${Date.now() - 60_000}`
    const window = Math.floor(tick / 15)
    await redis.hset(port.key('samples'), {
      tick: tick - 1,
      hour: Math.floor(tick / 360),
      window,
      lastTick: tick - 2,
      tickBase: base,
      hourBase: base,
      windowBase: base,
      waits: '7:1,8:1,9:98',
      windowWaits: '9:1',
      depth: '5,0,0,0',
      last: '5,0,0,0',
    })
    expect((await port.driver.stats()).recent?.waitMs?.p50).toBe(2.09)
    await port.driver.sample!({ waits: [], runs: [] })
    const { points } = await port.driver.history!({ resolution: '10s', skip: 0, limit: 10 })
    expect(points.map(({ at, waiting }) => [tick - at / 10_000, waiting])).toEqual(
      [1, 2, 3, 4, 5, 6].map((ago) => [ago, ago === 1 ? 5 : ago]),
    )
    expect(points[0]?.waitMs).toEqual({ p50: 2.09, p95: 2.09, p99: 2.09 })
  })

  it('is written in Lua as in TypeScript, whatever the numbers', async () => {
    const { redis: client } = lab
    const { next: random } = createDice(7)
    const some = (most: number): number => Math.floor(random() ** 6 * most)
    const text = `${RECORD.lua}
      local n = cjson.decode(ARGV[1])
      local waits, runs = {}, {}
      for i = 1, #n.waits do waits[i - 1] = n.waits[i] end
      for i = 1, #n.runs do runs[i - 1] = n.runs[i] end
      return { string.byte(recordOf(n.depth, { 0, 0, 0 }, n.last, waits, runs), 1, -1) }`
    for (let round = 0; round < 300; round++) {
      // Of few samples a rank that is off by one shows.
      const most = round % 2 === 0 ? 1e6 : 4
      const counts = (): number[] => Array.from({ length: 240 }, () => (random() < 0.1 ? some(most) : 0))
      const [waits, runs] = [counts(), round % 5 === 0 ? [] : counts()]
      const depth = [some(3e9), some(3e9), some(300), 1 + some(300)]
      const last = [some(3e9), some(3e9), some(60)]
      const bytes = await client.eval(text, 0, JSON.stringify({ depth, last, waits, runs }))
      const [waiting = 0, delayed = 0, running = 0, dead = 0] = depth
      const [enqueued = 0, completed = 0, failed = 0] = last
      const record = { waiting, delayed, running, dead, enqueued, completed, failed, waits, runs }
      expect(String.fromCharCode(...(bytes as number[]))).toBe(encodeRecord(record))
      const point = decodeRecord(7, encodeRecord(record))!
      const there = Math.min(waiting, 1e9)
      expect(Math.abs(point.waiting - there)).toBeLessThanOrEqual(Math.max(there > 48 ? 1 : 0, there * 0.0105))
    }
  })

  it('takes what another program wrote for nothing', async () => {
    const port = await lab.queue()
    const garbage = [
      '',
      'x',
      '1e99',
      '-1',
      '9'.repeat(40),
      '1,2',
      ',,,',
      '5:5:5',
      '999:1',
      `3:${'9'.repeat(99)}`,
      '\u0000',
    ]
    for (const text of garbage) {
      await redis.del(port.key('samples'), port.key('ticks'), port.key('hours'))
      await redis.hset(
        port.key('samples'),
        Object.fromEntries([...OPEN_FIELDS, ...RECENT_FIELDS].map((field) => [field, text])),
      )
      const tick = Math.floor(Date.now() / 10_000)
      await redis.hset(port.key('samples'), {
        tick: tick - 1,
        hour: Math.floor(tick / 360) - 1,
        window: Math.floor(tick / 15) - 1,
      })
      await redis.rpush(port.key('ticks'), text, 'y'.repeat(16), text.repeat(3))
      await redis.rpush(port.key('hours'), text, 'y'.repeat(300))
      await port.add('1')
      await port.driver.stats()
      await port.driver.sample!({ waits: [[1, 1]], runs: [[1, 1]] })
      await port.driver.stats()
      for (const resolution of ['10s', '1h'] as const) {
        const { points } = await port.driver.history!({ resolution, skip: 0, limit: 1_000 })
        for (const { at, waiting } of points) expect([Number.isSafeInteger(at), waiting >= 0]).toEqual([true, true])
      }
    }
  })

  it('begins anew after a clock that was a year ahead', async () => {
    const clock = new MovedClock()
    const adapter = redisAdapter({ connect: () => clock.client(lab.server.url) })
    const storage = adapter.open({ clock: createVirtualClock(), logger: silentLogger, onError: () => undefined })
    lab.defer(() => storage.close())
    await storage.ready()
    const queue = storage.queue(lab.freshName())
    const task = { level: 4, delayMs: 0, header: '', payload: '1' }
    await queue.enqueue({ lane: 'p', seq: 1, atomic: false, tasks: [task] })
    const yearMs = 31_536_000_000
    for (const aheadMs of [yearMs, yearMs + 10_000, 0, 10_000]) {
      clock.aheadMs = aheadMs
      await queue.sample!({ waits: [], runs: [] })
    }
    const { points } = await queue.history!({ resolution: '10s', skip: 0, limit: 10 })
    expect(points.map(({ at, waiting }) => [at < Date.now() + 10_000, waiting])).toEqual([[true, 1]])
  })

  it('is one call for a report, and none for a task', async () => {
    const broker = await lab.broker({ clock: createVirtualClock() })
    const queue = broker.queue(lab.freshName())
    const worker = queue.process(() => undefined)
    const key = `mq:{${queue.name}}:samples`
    for (let i = 0; i < 501; i++) await (await queue.enqueue(i)).result()
    expect(await redis.exists(key)).toBe(0)
    await worker.close()
    await eventually(async () => (await redis.exists(key)) === 1, 'the last report')
    const counts = [...(await redis.hget(key, 'runs'))!.matchAll(/:(\d+)/g)].map(([, count]) => Number(count))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(501)
  })
})
