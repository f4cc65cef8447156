import { describe, expect, it } from 'vitest'
import { Crew } from '../faults/crew.ts'
import { accountFor, readHistory } from '../faults/history.ts'
import { openScene } from '../faults/scene.ts'
import { rollDice } from '../faults/seeded.ts'
import { until } from '../faults/until.ts'

const DEADLINE_MS = 1_500

describe('a worker process that is told to end while it works', () => {
  it('finishes what it can, gives back the rest uncharged, and ends in time', async () => {
    const dice = rollDice('SIGTERM')
    const count = 6_000
    await using scene = await openScene()
    const { admin } = scene
    const queue = scene.broker().queue('q')
    // Handlers that never end by themselves and heed no signal, in front so that all are running.
    const kinds = Object.fromEntries([0, 1, 2].map((task) => [task, 'endless' as const]))
    for (let i = 0; i < count; i += 1_000) {
      await queue.enqueueAll(Array.from({ length: 1_000 }, (_, k) => ({ payload: i + k })))
    }
    const { url } = scene.server
    const worker = { concurrency: 10, leaseMs: 30_000 }
    const settings = { url, queue: 'q', seed: dice.seed, handlerMs: [4, 12] as const, worker, deadlineMs: DEADLINE_MS }
    await using crew = new Crew({ ...settings, kinds })
    for (let i = 0; i < 3; i++) crew.add()
    await crew.allWorking()
    const history = () => readHistory(crew.files)
    await until('some work', 20_000, () => history().filter(({ ev }) => ev === 'end').length > 500)

    const ends = await Promise.all(crew.hands.map((hand) => hand.terminate()))
    const released = ends.reduce((sum, { report }) => sum + report.released, 0)
    const abandoned = ends.flatMap(({ report }) => report.abandoned)
    console.log(
      `SIGTERM under load: ended after ${ends.map(({ tookMs }) => tookMs).join(', ')} ms, released ${released}, abandoned ${abandoned.length}`,
    )
    for (const { code, tookMs } of ends) {
      expect(code).toBe(0)
      expect(tookMs).toBeLessThan(DEADLINE_MS + 1_500)
    }
    expect(abandoned).toHaveLength(3)

    // Nothing is held, nothing is charged, and what had ended is over.
    const first = accountFor(history(), count)
    expect(await queue.stats()).toMatchObject({ waiting: count - first.ends, delayed: 0, running: 0, dead: 0 })
    expect(await admin.exists('mq:{q}:leases', 'mq:{q}:crashes', 'mq:{q}:failures')).toBe(0)
    // Ended lanes: a number each, and no claims.
    expect((await admin.hvals('mq:{q}:lanes')).filter((lane) => !lane.endsWith('|'))).toEqual([])
    expect(first).toMatchObject({ duplicates: 0, starts: first.ends + 3 })

    // Without the endless ones: all the others run, and none again but the abandoned.
    crew.add({ kinds: {} })
    await until('the queue to be empty', 40_000, async () => (await admin.hlen('mq:{q}:tasks')) === 0)
    const all = accountFor(history(), count)
    expect(all).toMatchObject({ lost: [], duplicates: 3, unfenced: [], doubled: [], ends: count })
    const again = all.unexplained.map(({ n }) => `n${n}`)
    expect(again.sort()).toEqual([...abandoned].sort())
  })
})
