import { describe, expect, it } from 'vitest'
import { Crew } from '../faults/crew.ts'
import type { Hand } from '../faults/crew.ts'
import { accountFor, readHistory } from '../faults/history.ts'
import type { Death } from '../faults/history.ts'
import { openScene } from '../faults/scene.ts'
import type { Scene } from '../faults/scene.ts'
import { rollDice } from '../faults/seeded.ts'
import { lasting, until } from '../faults/until.ts'

async function fill(scene: Scene, count: number): Promise<void> {
  const queue = scene.broker().queue('q')
  for (let i = 0; i < count; i += 1_000) {
    await queue.enqueueAll(Array.from({ length: Math.min(1_000, count - i) }, (_, k) => ({ payload: i + k })))
  }
}

/** SIGKILL, and at once, before any lease of its tasks can end: what is leased. */
async function kill(hand: Hand, { admin }: Scene): Promise<Death> {
  await hand.kill()
  const leases = await admin.zrange('mq:{q}:leases', 0, '-1')
  return { pid: hand.pid, leased: new Set(leases.map((lease) => lease.slice(0, lease.indexOf('#')))) }
}

async function expectEmpty({ admin }: Scene): Promise<void> {
  for (const part of ['leases', 'tasks', 'runs', 'crashes', 'failures', 'dead', 'ready:4', 'later:4']) {
    expect([part, await admin.exists(`mq:{q}:${part}`)]).toEqual([part, 0])
  }
}

describe('worker processes on one queue', () => {
  it('loses none of 20,000 tasks while one of three is killed every second', { timeout: 120_000 }, async () => {
    const dice = rollDice('kill a worker every second')
    const count = 20_000
    await using scene = await openScene()
    await fill(scene, count)
    const { url } = scene.server
    const worker = { concurrency: 8, leaseMs: 2_000 }
    await using crew = new Crew({ url, queue: 'q', seed: dice.seed, handlerMs: [2, 14], worker, deadlineMs: 5_000 })
    for (let i = 0; i < 3; i++) crew.add()
    await crew.allWorking()
    // Replacements at hand, so that there are always three, however long a process takes to start here.
    for (let i = 0; i < 4; i++) crew.add({ spare: true })

    const begin = performance.now()
    const deaths: Death[] = []
    const done = async (): Promise<boolean> => (await scene.admin.hlen('mq:{q}:tasks')) === 0
    while (!(await done()) && performance.now() - begin < 90_000) {
      await lasting(1_000)
      const spare = await until('a replacement', 30_000, () => crew.spares[0])
      if (await done()) break
      deaths.push(await kill(dice.oneOf(crew.working), scene))
      spare.work()
      await until('the replacement to work', 10_000, () => spare.working)
      crew.add({ spare: true })
    }
    const seconds = Math.round((performance.now() - begin) / 100) / 10
    const account = accountFor(readHistory(crew.files), count, deaths)
    console.log(
      `20,000 tasks in ${seconds} s, ${deaths.length} kills: lost ${account.lost.length}, duplicates ${account.duplicates}, ` +
        `in flight at the kills ${account.inFlight}, unexplained ${account.unexplained.length}`,
    )
    expect(deaths.length).toBeGreaterThanOrEqual(3)
    expect(account.lost).toEqual([])
    expect(account.doubled).toEqual([])
    expect(account.unexplained).toEqual([])
    expect(account.duplicates).toBeLessThanOrEqual(account.inFlight)
    expect(account.unfenced).toEqual([])
    await expectEmpty(scene)
  })

  it('runs each task exactly once in three that compete', async () => {
    const dice = rollDice('three compete')
    const count = 10_000
    await using scene = await openScene()
    const worker = { concurrency: 20, leaseMs: 30_000 }
    const { url } = scene.server
    await using crew = new Crew({ url, queue: 'q', seed: dice.seed, handlerMs: [5, 15], worker, deadlineMs: 5_000 })
    for (let i = 0; i < 3; i++) crew.add()
    await crew.allWorking()
    // All three are idle: they are woken, and then work while more comes.
    await fill(scene, count)
    await until('the queue to be empty', 40_000, async () => (await scene.admin.hlen('mq:{q}:tasks')) === 0)
    const history = readHistory(crew.files)
    const account = accountFor(history, count)
    const shares = crew.hands.map(
      ({ pid }) => history.filter((event) => event.ev === 'start' && event.pid === pid).length,
    )
    console.log(`three compete: shares ${shares.join(', ')}, duplicates ${account.duplicates}`)
    expect(account).toMatchObject({ starts: count, ends: count, lost: [], duplicates: 0, doubled: [] })
    expect(new Set(history.map(({ fence }) => fence)).size).toBe(count)
    expect(Math.min(...shares)).toBeGreaterThan(0)
    await expectEmpty(scene)
  })
})
