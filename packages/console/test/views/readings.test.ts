import { createBroker, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import type { VirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Readings } from '../../src/views/readings.ts'
import { mortal, saying } from './mortal-adapter.ts'

interface Seen {
  readonly s: number
  readonly because: string
  readonly workers: number
  readonly own: number
}

interface Scene {
  readonly clock: VirtualClock
  readonly broker: Broker
  readonly readings: Readings
  readonly kill: () => Promise<void>
  /** What a page that is open shows, every half second. */
  watch(seconds: number): Promise<readonly Seen[]>
}

interface Work {
  readonly leaseMs: number
  readonly concurrency: number
  /** Of each task. */
  readonly takesMs: number
  readonly tasks: number
}

/** A worker in a process of its own, some tasks, and a console that looks at them from another one. */
async function sceneOf({ leaseMs, concurrency, takesMs, tasks }: Work, isConnected?: () => boolean): Promise<Scene> {
  const clock = createVirtualClock()
  const storage = memoryAdapter()
  const watched = isConnected === undefined ? storage : saying(storage, isConnected)
  const broker = createBroker(watched, { clock, logger: silentLogger })
  const process = mortal(storage)
  const workers = createBroker(process.adapter, { clock, logger: silentLogger })
  const closed = new AbortController()
  const log = { error: (fault: unknown) => expect.fail(String(fault)) }
  const queueNamed = (name: string) => broker.queue(name)
  const channelNamed = (name: string) => broker.channel(name)
  const readings = new Readings({ broker, queueNamed, channelNamed, signal: closed.signal, log, clock })
  workers.queue('mails').process(() => new Promise((resolve) => clock.schedule(() => resolve(undefined), takesMs)), {
    concurrency,
    leaseMs,
  })
  await clock.advance(1)
  await broker.queue('mails').enqueueAll(Array.from({ length: tasks }, (_, i) => ({ payload: i })))
  onTestFinished(() => closed.abort())
  return {
    clock,
    broker,
    readings,
    kill: process.kill,
    async watch(seconds) {
      const seen: Seen[] = []
      for (let s = 0.5; s <= seconds; s += 0.5) {
        await clock.advance(500)
        const { flow, workers: all, queues } = await readings.overview()
        seen.push({ s, because: flow.because, workers: all, own: queues[0]?.workers ?? -1 })
      }
      return seen
    },
  }
}

const LEASES = [5_000, 30_000, 300_000]
const WORK: readonly (readonly [string, Omit<Work, 'leaseMs'>])[] = [
  ['is idle', { concurrency: 3, takesMs: 1, tasks: 0 }],
  ['was busy a moment ago', { concurrency: 3, takesMs: 20, tasks: 30 }],
  ['has short tasks, and some wait', { concurrency: 1, takesMs: 400, tasks: 1_000 }],
  ['has long tasks, and free slots', { concurrency: 10, takesMs: 90_000, tasks: 3 }],
  ['has long tasks, and no free slot', { concurrency: 3, takesMs: 90_000, tasks: 3 }],
  ['has long tasks, and some wait', { concurrency: 3, takesMs: 90_000, tasks: 20 }],
]
const TABLE = WORK.flatMap(([name, work]) => LEASES.map((leaseMs) => [name, leaseMs, { ...work, leaseMs }] as const))

describe('a worker that lives', () => {
  it.each(TABLE)('and %s with a lease of %i ms is never said to be gone', async (_, _leaseMs, work) => {
    const scene = await sceneOf(work)
    const seen = await scene.watch(60)
    expect(seen.filter(({ because, workers, own }) => because === 'no-workers' || workers !== 1 || own !== 1)).toEqual(
      [],
    )
    await scene.kill()
  })
})

describe('a worker whose connection the storage knows', () => {
  it.each(TABLE)(
    'is known to be gone within five seconds, while it %s with a lease of %i ms',
    async (name, _, work) => {
      let isConnected = true
      const scene = await sceneOf(work, () => isConnected)
      const before = await scene.watch(12.5)
      expect(before.filter(({ because, own }) => because === 'no-workers' || own !== 1)).toEqual([])
      await scene.kill()
      isConnected = false
      const seen = await scene.watch(60)
      const isLeft = work.takesMs * work.tasks > 10_000
      const because = isLeft ? 'no-workers' : 'none'
      expect(seen.filter((one) => one.s >= 5 && (one.because !== because || one.own + one.workers > 0))).toEqual([])
      if (name.endsWith('some wait')) expect(seen.some((one) => one.because === 'silent')).toBe(false)
    },
  )

  it.each(TABLE)('is not gone because it reconnects, while it %s with a lease of %i ms', async (_, _leaseMs, work) => {
    let isConnected = true
    const scene = await sceneOf(work, () => isConnected)
    for (let i = 0; i < 10; i++) {
      isConnected = i % 2 === 0
      const seen = await scene.watch(1.5)
      expect(seen.filter(({ because, own }) => because === 'no-workers' || own !== 1)).toEqual([])
    }
    await scene.kill()
  })
})

describe('a worker that was killed', () => {
  /** Of those that need longer than five seconds: nobody can know sooner that it was not only busy. */
  const BUSY_S = 15

  it.each(TABLE)('while it %s with a lease of %i ms is known to be gone, and stays so', async (name, _, work) => {
    const scene = await sceneOf(work)
    await scene.watch(12.5)
    await scene.kill()
    const seen = await scene.watch(60)
    const goneAt = seen.find(({ own }) => own === 0)?.s
    expect(goneAt).toBeLessThanOrEqual(BUSY_S + 0.5)
    const later = seen.filter(({ s }) => s >= BUSY_S + 0.5)
    expect(later.filter(({ workers, own }) => workers + own > 0)).toEqual([])
    const isLeft = work.takesMs * work.tasks > 10_000
    expect(new Set(later.map(({ because }) => because))).toEqual(new Set([isLeft ? 'no-workers' : 'none']))
    if (!name.endsWith('some wait')) return
    // And until then the page says what it knows: within five seconds and one reading.
    expect(seen.find(({ because }) => because !== 'none')?.s).toBeLessThanOrEqual(5.5)
  })

  it.each(LEASES)(
    'while it slept, with a lease of %i ms, is missed three seconds after tasks come',
    async (leaseMs) => {
      const scene = await sceneOf({ leaseMs, concurrency: 3, takesMs: 1, tasks: 5 })
      await scene.watch(12.5)
      await scene.kill()
      await scene.broker.queue('mails').enqueueAll(Array.from({ length: 500 }, (_, i) => ({ payload: i })))
      const seen = await scene.watch(60)
      expect(seen.find(({ because }) => because === 'no-workers')?.s).toBeLessThanOrEqual(3)
      expect(seen.slice(6).filter(({ because, own }) => because !== 'no-workers' || own > 0)).toEqual([])
    },
  )
})
