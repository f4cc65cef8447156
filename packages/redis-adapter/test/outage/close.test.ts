import type { Broker } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { openScene } from '../lab/scene.ts'
import type { Scene } from '../lab/scene.ts'
import { lasting, settled, until } from '../lab/until.ts'

const DEADLINE_MS = 1_000
const GRACE_MS = 1_000

type Fault = (scene: Scene) => Promise<void> | void

const FAULTS: Readonly<Record<string, Fault>> = {
  'stands still': ({ server }) => server.pause(),
  'is gone': ({ server }) => server.kill(),
}

/** Everything that lives, at once: a worker with a handler that never ends, waiters, a subscription. */
async function liveBroker(scene: Scene): Promise<{ broker: Broker; pending: Promise<unknown>[] }> {
  const broker = scene.broker()
  const queue = broker.queue('q')
  let started = 0
  queue.process(() => new Promise(() => void started++), { concurrency: 2 })
  broker.queue('idle').process(() => undefined)
  const tasks = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }, { payload: 3 }])
  const pending = tasks.map((task) => task.result())
  pending.push(...tasks.map((task) => task.outcome()))
  await broker.channel('c').subscribe(() => undefined)
  await until('both handlers to run', 10_000, () => started === 2)
  return { broker, pending: pending.map((each) => each.catch((error: unknown) => error)) }
}

describe.concurrent('closing', () => {
  for (const [what, fault] of Object.entries(FAULTS)) {
    it(`keeps to its deadline when the server ${what}, and ends all that waits`, async () => {
      await using scene = await openScene()
      const { broker, pending } = await liveBroker(scene)
      await fault(scene)
      const closed = await settled(broker.close({ deadlineMs: DEADLINE_MS }), 20_000)
      console.log(`the server ${what}: closed after ${closed.tookMs} ms`)
      const ends = await settled(Promise.all(pending), 1_000)
      expect(closed).toMatchObject({ end: 'resolved' })
      expect(ends).toMatchObject({ end: 'resolved', value: pending.map(() => ({ code: 'closed' })) })
      expect(closed.tookMs).toBeLessThan(DEADLINE_MS + GRACE_MS)
      // Closed is closed: at once, and for good.
      await expect(broker.ready()).rejects.toMatchObject({ code: 'closed' })
      expect((await settled(broker.close(), 1_000)).end).toBe('resolved')
    })

    it(`keeps to its deadline while calls are under way and the server ${what}`, async () => {
      await using scene = await openScene()
      const broker = scene.broker()
      const queue = broker.queue('q')
      await queue.enqueue(0)
      await fault(scene)
      const calls = [
        queue.enqueue(1),
        queue.enqueueAll([{ payload: 2 }]),
        queue.stats(),
        broker.channel('c').publish('m'),
      ]
      const ends = calls.map((call) => settled<unknown>(call, 20_000))
      await lasting(100)
      const closed = await settled(broker.close({ deadlineMs: DEADLINE_MS }), 20_000)
      const known = await Promise.all(ends)
      console.log(
        `the server ${what}: closed after ${closed.tookMs} ms, calls ended after ${known.map((end) => end.tookMs).join(', ')}`,
      )
      expect(closed).toMatchObject({ end: 'resolved' })
      expect(closed.tookMs).toBeLessThan(DEADLINE_MS + GRACE_MS)
      for (const end of known) {
        expect(end).toMatchObject({ end: 'rejected' })
        expect(end.tookMs).toBeLessThan(100 + DEADLINE_MS + GRACE_MS)
      }
    })

    it(`keeps to its deadline when a worker and a subscription began while the server ${what}`, async () => {
      await using scene = await openScene()
      const broker = scene.broker()
      await broker.ready({ timeoutMs: 10_000 })
      await fault(scene)
      broker.queue('q').process(() => undefined)
      const subscribed = settled(
        broker.channel('c').subscribe(() => undefined),
        20_000,
      )
      await lasting(100)
      const closed = await settled(broker.close({ deadlineMs: DEADLINE_MS }), 20_000)
      console.log(
        `the server ${what}: closed after ${closed.tookMs} ms, subscribe ended after ${(await subscribed).tookMs} ms`,
      )
      expect(closed).toMatchObject({ end: 'resolved' })
      expect(closed.tookMs).toBeLessThan(DEADLINE_MS + GRACE_MS)
      expect(await subscribed).toMatchObject({ end: 'rejected', error: { code: 'closed' } })
    })
  }

  it('leaves to the next worker what it could not give back, and the lease brings it back', async () => {
    await using scene = await openScene()
    const first = scene.broker()
    let started = 0
    first.queue('q').process(() => new Promise(() => void started++), { concurrency: 2, leaseMs: 1_000 })
    await first.queue('q').enqueueAll([{ payload: 1 }, { payload: 2 }])
    await until('both handlers to run', 10_000, () => started === 2)
    scene.server.pause()
    await first.close({ deadlineMs: 200 })
    scene.server.resume()
    const handled: unknown[] = []
    scene
      .broker()
      .queue('q')
      .process((payload) => void handled.push(payload))
    await until('both tasks', 15_000, () => handled.length === 2)
    expect(new Set(handled)).toEqual(new Set([1, 2]))
  })
})
