import { describe, expect, it } from 'vitest'
import { Load } from '../lab/load.ts'
import { openScene } from '../lab/scene.ts'
import { rollDice } from '../lab/seeded.ts'
import { lasting, until } from '../lab/until.ts'

const UP = /connected to Redis again/
const SAFE = ['--appendonly', 'yes', '--appendfsync', 'always']

describe.concurrent('a server that forgets', () => {
  it('loses nothing that was accepted when it is killed and restarted, three times', async () => {
    await using scene = await openScene({ args: SAFE })
    const { server, recorder } = scene
    const dice = rollDice('restart')
    const load = new Load(scene.broker(), scene.broker(), 'q', dice)
    const recovered: number[] = []
    for (let kill = 0; kill < 3; kill++) {
      await load.progress(300, 15_000)
      await server.kill()
      await lasting(dice.between(0, 1_500))
      await server.restart()
      recovered.push(await load.progress(1, 15_000))
      // Else the next kill may come within the same outage.
      await until('all connections to be back', 15_000, () => recorder.said(UP).length === 4 * (kill + 1))
    }
    const report = await load.drain(30_000)
    console.log(`server killed 3 times: works again after ${recovered.join(', ')} ms`, JSON.stringify(report))
    expect(report).toMatchObject({ lost: [], unexpected: [], doubled: [], unfenced: [], duplicates: 0 })
    expect(load.failures).toEqual([])
    expect(recorder.errors).toEqual([])
    expect(load.worker.stats()).toMatchObject({ failed: 0, buried: 0 })
    // Two brokers of two connections each.
    for (const role of ['command', 'subscriber']) {
      expect(recorder.said(/not connected/, role)).toHaveLength(6)
      expect(recorder.said(UP, role)).toHaveLength(6)
    }
  })

  it('surfaces no error when the scripts are flushed every 50 ms under load', async () => {
    await using scene = await openScene()
    const { admin, recorder } = scene
    const load = new Load(scene.broker(), scene.broker(), 'q', rollDice('script flush'))
    const news = scene.broker().channel('news')
    let heard = 0
    await news.subscribe(() => void heard++)
    let flushes = 0
    const end = performance.now() + 5_000
    while (performance.now() < end) {
      await admin.script('FLUSH')
      flushes++
      await news.publish(flushes)
      await lasting(50)
    }
    const report = await load.drain(15_000)
    console.log(`${flushes} script flushes`, JSON.stringify(report))
    expect(report).toMatchObject({ lost: [], unexpected: [], doubled: [], duplicates: 0, unknown: 0, unfenced: [] })
    expect(heard).toBe(flushes)
    expect(load.failures).toEqual([])
    expect(recorder.errors).toEqual([])
    expect(recorder.said(/./)).toEqual([])
  })

  it('goes on with an empty server when all its data is gone', async () => {
    await using scene = await openScene()
    const { server, recorder } = scene
    const load = new Load(scene.broker(), scene.broker(), 'q', rollDice('data gone'))
    await load.progress(300, 15_000)
    await server.kill()
    await server.restart()
    const tookMs = await load.progress(300, 15_000)
    const report = await load.drain(15_000)
    console.log(`data gone: 300 further tasks after ${tookMs} ms, lost with the server ${report.lost.length}`)
    expect(report).toMatchObject({ unexpected: [], doubled: [] })
    expect(load.failures).toEqual([])
    expect(recorder.errors).toEqual([])
  })
})
