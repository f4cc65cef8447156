import { describe, expect, it } from 'vitest'
import { BLACKHOLE, CALM } from '@mq/redis-server/proxy'
import { Load } from '../lab/load.ts'
import { ownTime } from '../lab/own-time.ts'
import { openScene } from '../lab/scene.ts'
import type { Scene } from '../lab/scene.ts'
import { rollDice } from '../lab/seeded.ts'
import { lasting, until } from '../lab/until.ts'

const DOWN = /not connected/
const UP = /connected to Redis again/

/** One broker for producers and worker, so that "its command connection" is one connection. */
async function begin(name: string, producers = 2): Promise<{ scene: Scene; load: Load }> {
  const scene = await openScene()
  const broker = scene.broker()
  await broker.ready({ timeoutMs: 10_000 })
  const load = new Load(broker, broker, 'q', rollDice(name), { producers })
  await load.progress(50, 10_000)
  return { scene, load }
}

/** Logged when it began and, with its length, when it ended; and nothing else of it. */
function expectOneOutage({ recorder }: Scene, role: string, atLeastMs: number): number {
  const down = recorder.said(DOWN, role)
  const up = recorder.said(UP, role)
  expect([down.length, up.length]).toEqual([1, 1])
  const downMs = Number(up[0]!.fields['downMs'])
  expect(downMs).toBeGreaterThanOrEqual(atLeastMs)
  return downMs
}

async function expectNothingLost(name: string, load: Load, seconds: number): Promise<void> {
  const report = await load.drain(20_000)
  console.log(`${name}: works again after ${seconds} s`, JSON.stringify(report))
  expect(report).toMatchObject({ lost: [], unexpected: [], doubled: [], duplicates: 0, unfenced: [] })
  expect(load.worker.stats()).toMatchObject({ failed: 0, buried: 0, stale: 0 })
  expect(load.failures).toEqual([])
}

describe.concurrent('a bad network', () => {
  it('replaces a command connection that became a black hole', async () => {
    const name = 'black hole of the command connection'
    const { scene, load } = await begin(name)
    await using _ = scene
    for (const link of scene.proxy.links('command')) link.weather = BLACKHOLE
    // No reply for 5 s, then a new connection, over which all goes on.
    const begun = performance.now()
    const tookMs = await load.progress(200, 15_000)
    expect(performance.now() - begun).toBeGreaterThan(2_000)
    expect(tookMs).toBeLessThan(9_000)
    await expectNothingLost(name, load, tookMs / 1_000)
    expectOneOutage(scene, 'command', 0)
    expect(scene.recorder.said(/./, 'subscriber')).toEqual([])
  })

  it('goes on when the whole network was a black hole for 7 s', async () => {
    const name = 'black hole of everything'
    const { scene, load } = await begin(name)
    await using _ = scene
    scene.proxy.weather = BLACKHOLE
    await lasting(7_000)
    scene.proxy.weather = CALM
    const tookMs = await load.progress(200, 15_000)
    await expectNothingLost(name, load, tookMs / 1_000)
    expectOneOutage(scene, 'command', 1_000)
  })

  it('replaces a subscriber connection that became a black hole, and hints come back', async () => {
    const name = 'black hole of the subscriber connection'
    const { scene, load } = await begin(name)
    await using _ = scene
    for (const link of scene.proxy.links('subscriber')) link.weather = BLACKHOLE
    const begun = performance.now()
    await until('the outage to be over', 20_000, () => scene.recorder.said(UP, 'subscriber').length === 1)
    await expectNothingLost(name, load, (performance.now() - begun) / 1_000)
    expectOneOutage(scene, 'subscriber', 0)
    expect(scene.recorder.said(/./, 'command')).toEqual([])
  })

  for (const [way, weather] of [
    ['no reply arrives', { holdReplies: true }],
    ['no command arrives', { holdCommands: true }],
  ] as const) {
    it(`replaces a half-open command connection: ${way}`, async () => {
      const { scene, load } = await begin(way)
      await using _ = scene
      const links = scene.proxy.links('command')
      for (const link of links) link.weather = weather
      const tookMs = await load.progress(200, 15_000)
      // What was sent long ago arrives now, behind that which was sent instead of it.
      for (const link of links) link.weather = {}
      await expectNothingLost(way, load, tookMs / 1_000)
      expectOneOutage(scene, 'command', 0)
    })

    it(`brings hints back over a half-open subscriber connection: ${way}`, async () => {
      await using scene = await openScene()
      const broker = scene.broker()
      await broker.ready({ timeoutMs: 10_000 })
      const queue = broker.queue('q')
      queue.process(() => 'done')
      const handle = async (): Promise<number> => {
        const begun = ownTime()
        await (await queue.enqueue(0)).result({ timeoutMs: 10_000 })
        return ownTime() - begun
      }
      await until('the first hints', 10_000, async () => (await handle()) < 400)

      for (const link of scene.proxy.links('subscriber')) link.weather = weather
      const begun = performance.now()
      // Meanwhile whoever waits also polls: slower, but nothing stands still.
      const slowest = await handle()
      await until('the subscriber to be replaced', 20_000, () => scene.recorder.said(UP, 'subscriber').length === 1)
      const replacedMs = performance.now() - begun
      const quick = [await handle(), await handle(), await handle(), await handle(), await handle()].sort(
        (a, b) => a - b,
      )
      console.log(`${way}: slowest ${slowest | 0} ms, replaced after ${replacedMs | 0} ms, then ${quick[2]! | 0} ms`)
      expect(slowest).toBeLessThan(6_000)
      // By polling alone the median of a claim and an outcome would be above 1 s.
      expect(quick[2]).toBeLessThan(800)
    })
  }

  it('takes a slow network for slow, and not for an outage', async () => {
    const name = 'latency of 200–300 ms each way'
    const { scene, load } = await begin(name, 20)
    await using _ = scene
    scene.proxy.weather = { latencyMs: 200 }
    const tookMs = await load.progress(100, 15_000)
    await expectNothingLost(name, load, tookMs / 1_000)
    expect(load.report().unknown).toBe(0)
    expect(scene.recorder.said(/./)).toEqual([])
  })

  it('bears a reset of all connections every 100 ms', async () => {
    const name = 'a reset every 100 ms for 5 s'
    const { scene, load } = await begin(name)
    await using _ = scene
    for (let i = 0; i < 50; i++) {
      scene.proxy.reset()
      await lasting(100)
    }
    const tookMs = await load.progress(200, 15_000)
    await expectNothingLost(name, load, tookMs / 1_000)
    console.log(`${name}: ${scene.proxy.accepted} connections, unknown ${load.report().unknown}`)
    // Two roles, ten resets a second: a client that came back faster than that would be a storm of its own.
    expect(scene.proxy.accepted).toBeLessThan(150)
    for (const role of ['command', 'subscriber']) {
      const said = (what: RegExp): number => scene.recorder.said(what, role).length
      await until('each outage to be over', 10_000, () => said(DOWN) === said(UP))
    }
  })
})
