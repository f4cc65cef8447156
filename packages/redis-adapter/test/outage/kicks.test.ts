import { describe, expect, it } from 'vitest'
import { Load } from '../lab/load.ts'
import { openScene } from '../lab/scene.ts'
import type { Scene } from '../lab/scene.ts'
import { rollDice } from '../lab/seeded.ts'
import { lasting, until } from '../lab/until.ts'

const FOR_MS = 5_000

/** Each time those who are kicked have come back: what never works for as long as a call may take is an outage, and another test's. */
async function again(everyMs: number, load: Load, act: () => Promise<unknown>): Promise<number> {
  let times = 0
  for (const end = performance.now() + FOR_MS; performance.now() < end; times++) {
    await act()
    await lasting(everyMs)
    await load.progress(1, 10_000)
  }
  return times
}

async function expectAllWell(name: string, scene: Scene, load: Load): Promise<void> {
  const tookMs = await load.progress(50, 15_000)
  const report = await load.drain(20_000)
  console.log(`${name}: 50 further tasks after ${tookMs} ms`, JSON.stringify(report))
  expect(report).toMatchObject({ lost: [], unexpected: [], doubled: [], duplicates: 0, unknown: 0, unfenced: [] })
  expect(load.worker.stats()).toMatchObject({ failed: 0, buried: 0, stale: 0 })
  expect(load.failures).toEqual([])
  expect(scene.recorder.errors).toEqual([])
}

describe.concurrent('a server that is kicked under load', () => {
  for (const type of ['normal', 'pubsub'] as const) {
    it(`loses and repeats nothing when its ${type} clients are killed every 200 ms`, async () => {
      await using scene = await openScene()
      const load = new Load(scene.broker(), scene.broker(), 'q', rollDice(`kill ${type}`))
      await load.progress(50, 10_000)
      const kills = await again(200, load, () => scene.admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes'))
      await expectAllWell(`${kills} × CLIENT KILL TYPE ${type}`, scene, load)
      for (const role of ['command', 'subscriber']) {
        const said = (what: RegExp): number => scene.recorder.said(what, role).length
        await until('each outage to be over', 10_000, () => said(/not connected/) === said(/connected to Redis again/))
      }
    })
  }

  it('takes CLIENT PAUSE for a pause', async () => {
    await using scene = await openScene()
    const load = new Load(scene.broker(), scene.broker(), 'q', rollDice('client pause'))
    await load.progress(50, 10_000)
    await scene.admin.call('CLIENT', 'PAUSE', '3000', 'ALL')
    await expectAllWell('CLIENT PAUSE 3000', scene, load)
    expect(scene.recorder.said(/./)).toEqual([])
  })

  it('takes a server that does nothing for 2 s for a pause', async () => {
    await using scene = await openScene()
    const load = new Load(scene.broker(), scene.broker(), 'q', rollDice('debug sleep'))
    await load.progress(50, 10_000)
    await scene.admin.call('DEBUG', 'SLEEP', '2')
    await expectAllWell('DEBUG SLEEP 2', scene, load)
    expect(scene.recorder.said(/./)).toEqual([])
  })
})
