import { describe, expect, it } from 'vitest'
import { Crew } from '../faults/crew.ts'
import { accountFor, readHistory } from '../faults/history.ts'
import { openScene } from '../faults/scene.ts'
import { rollDice } from '../faults/seeded.ts'
import { until } from '../faults/until.ts'

describe.concurrent('a task that kills its process', () => {
  it('is buried after three deaths, or four, and none of its neighbours is', { timeout: 90_000 }, async () => {
    const dice = rollDice('a killer among neighbours')
    const count = 200
    const killer = dice.between(5, 50)
    await using scene = await openScene()
    const queue = scene.broker().queue('q')
    const tasks = await queue.enqueueAll(Array.from({ length: count }, (_, i) => ({ payload: i })))
    const { url } = scene.server
    const worker = { concurrency: 10, leaseMs: 1_000 }
    const kinds = { [killer]: 'killer' as const }
    await using crew = new Crew({
      url,
      queue: 'q',
      seed: dice.seed,
      handlerMs: [5, 15],
      worker,
      deadlineMs: 5_000,
      kinds,
    })
    let processes = 0
    await until('the queue to be empty', 60_000, async () => {
      if (crew.hands.every((hand) => !hand.alive)) {
        crew.add()
        processes++
      }
      return (await scene.admin.hlen('mq:{q}:tasks')) === 0
    })
    const history = readHistory(crew.files)
    const dead = await queue.dead.list()
    console.log(`a killer: ${processes} processes, ${accountFor(history, count).duplicates} runs again`)
    expect(dead.map(({ id, reason, crashes }) => ({ id, reason, crashes }))).toEqual([
      { id: tasks[killer]!.id, reason: 'crash-limit', crashes: 3 },
    ])
    // Two among all, perhaps one among suspects, one alone; and one that does the rest.
    expect([4, 5]).toContain(processes)
    expect(accountFor(history, count).lost).toEqual([killer])
    expect(history.filter(({ ev, task }) => ev === 'start' && task === killer)).toHaveLength(processes - 1)
  })

  it('does not take a suspect with it that waits to run alone', async () => {
    const dice = rollDice('a suspect beside a killer')
    await using scene = await openScene()
    const { admin } = scene
    const queue = scene.broker().queue('q')
    const [, suspect] = await queue.enqueueAll([{ payload: 0 }, { payload: 1 }])
    // Task 1 has lost two leases: one more, and it was alone when it happened.
    const n = suspect!.id.slice(1)
    await admin.hset('mq:{q}:crashes', n, 2)
    await admin.hset('mq:{q}:runs', n, 2)
    const { url } = scene.server
    const worker = { concurrency: 10, leaseMs: 1_000 }
    await using crew = new Crew({ url, queue: 'q', seed: dice.seed, handlerMs: [5, 15], worker, deadlineMs: 5_000 })
    const first = crew.add({ kinds: { 0: 'killer' } })
    await until('task 0 to kill its process', 30_000, () => !first.alive)
    crew.add()
    await until('the queue to be empty', 30_000, async () => (await admin.hlen('mq:{q}:tasks')) === 0)
    expect(await queue.dead.list()).toEqual([])
    expect(accountFor(readHistory(crew.files), 2)).toMatchObject({ lost: [], starts: 3 })
  })
})
