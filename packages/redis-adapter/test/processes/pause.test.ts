import { describe, expect, it } from 'vitest'
import { Crew } from '../faults/crew.ts'
import { accountFor, readHistory } from '../faults/history.ts'
import { openScene } from '../faults/scene.ts'
import { rollDice } from '../faults/seeded.ts'
import { lasting, until } from '../faults/until.ts'

describe.concurrent('a worker process that stands still for longer than its lease', () => {
  it(
    'has its late settlement refused and its handlers aborted, and its tasks complete once',
    { timeout: 60_000 },
    async () => {
      const dice = rollDice('SIGSTOP')
      await using scene = await openScene()
      const { url } = scene.server
      const worker = { concurrency: 4, leaseMs: 1_000 }
      // 0: its handler ends while the process stands still; 1: ends only when it is told that the lease is gone.
      const kinds = { 0: 'slow', 1: 'until-aborted' } as const
      await using crew = new Crew({ url, queue: 'q', seed: dice.seed, handlerMs: [0, 5], worker, deadlineMs: 5_000 })
      const stopped = crew.add({ kinds })
      await crew.allWorking()
      const queue = scene.broker().queue('q')
      const tasks = await queue.enqueueAll([{ payload: 0 }, { payload: 1 }])
      const started = () => readHistory(crew.files).filter(({ ev }) => ev === 'start')
      await until('both handlers to run', 10_000, () => started().length === 2)

      stopped.signal('SIGSTOP')
      const other = crew.add()
      // The lease ends, the other gets both and completes them.
      const results = await Promise.all(tasks.map((task) => task.result({ timeoutMs: 20_000 })))
      expect(results).toEqual([other.pid, other.pid])
      stopped.signal('SIGCONT')
      const late = await until('the late settlement to be refused', 10_000, async () => {
        const stats = await stopped.stats()
        return stats.stale > 0 && stats.running === 0 && stats
      })
      const history = readHistory(crew.files)
      const aborted = history.filter(({ ev }) => ev === 'aborted')
      console.log(`SIGSTOP: stale refused ${late.stale}, aborted ${aborted.map(({ code }) => code).join(', ')}`)
      expect(late.stale).toBe(1)
      expect(aborted).toMatchObject([{ task: 1, pid: stopped.pid, code: 'lease-lost' }])

      const account = accountFor(history, 2)
      expect(account).toMatchObject({ starts: 4, lost: [], duplicates: 2, unfenced: [], doubled: [] })
      // What the other answered stands.
      expect(await Promise.all(tasks.map((task) => task.result({ timeoutMs: 5_000 })))).toEqual(results)
      expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })

      // And it works on, as if nothing had been.
      await other.terminate()
      const next = await queue.enqueue(2)
      expect(await next.result({ timeoutMs: 10_000 })).toBe(stopped.pid)
    },
  )

  it('keeps its tasks when it was shorter than the lease', async () => {
    const dice = rollDice('short SIGSTOP')
    await using scene = await openScene()
    const { url } = scene.server
    const worker = { concurrency: 4, leaseMs: 10_000 }
    await using crew = new Crew({ url, queue: 'q', seed: dice.seed, handlerMs: [0, 5], worker, deadlineMs: 5_000 })
    const stopped = crew.add({ kinds: { 0: 'slow' } })
    crew.add()
    await crew.allWorking()
    await crew.hands[1]!.terminate()
    const queue = scene.broker().queue('q')
    const task = await queue.enqueue(0)
    await until('the handler to run', 10_000, () => readHistory(crew.files).length === 1)
    stopped.signal('SIGSTOP')
    crew.add()
    await lasting(3_000)
    stopped.signal('SIGCONT')
    expect(await task.result({ timeoutMs: 10_000 })).toBe(stopped.pid)
    expect(accountFor(readHistory(crew.files), 1)).toMatchObject({ starts: 1, ends: 1, lost: [] })
    expect((await stopped.stats()).stale).toBe(0)
  })
})
