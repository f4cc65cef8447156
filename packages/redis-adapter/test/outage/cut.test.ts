import { describe, expect, it } from 'vitest'
import { enqueueScript } from '../../src/scripts/queue/enqueue.ts'
import { publishScript } from '../../src/scripts/channel/publish.ts'
import { settleAndClaimScript } from '../../src/scripts/queue/settle-and-claim.ts'
import { openScene } from '../lab/scene.ts'
import { until } from '../lab/until.ts'

describe.concurrent('a reply that is cut after the server did the work', () => {
  it('leaves one task when it was the reply to an enqueue', async () => {
    await using scene = await openScene()
    const { proxy } = scene
    const queue = scene.broker().queue('q')
    await queue.enqueue('first')
    for (let round = 1; round <= 10; round++) {
      const cut = proxy.cutNextReply(new RegExp(enqueueScript.sha))
      const task = await queue.enqueue(`round ${round}`)
      expect(cut.done()).toBe(true)
      expect(await task.status()).toEqual({ state: 'waiting' })
      expect((await queue.stats()).waiting).toBe(1 + round)
    }
  })

  it('leaves each task of a batch once, in order, when it was the reply to an enqueueAll', async () => {
    await using scene = await openScene()
    const { proxy, admin } = scene
    const queue = scene.broker().queue('q')
    await queue.enqueue('first')
    const cut = proxy.cutNextReply(new RegExp(enqueueScript.sha))
    const tasks = await queue.enqueueAll(Array.from({ length: 100 }, (_, i) => ({ payload: i })))
    expect(cut.done()).toBe(true)
    expect(new Set(tasks.map((task) => task.id)).size).toBe(100)
    const stored = await admin.lrange('mq:{q}:ready:4', 1, -1)
    expect(stored.map((n) => `n${n}`)).toEqual(tasks.map((task) => task.id))
  })

  it('loses no claim and keeps nobody waiting for a lease when it was the reply to a turn', async () => {
    await using scene = await openScene()
    const { proxy, admin } = scene
    const queue = scene.broker().queue('q')
    const runs = new Map<string, number[]>()
    const worker = queue.process(
      (_, { id, fence }) => {
        runs.set(id, [...(runs.get(id) ?? []), fence])
      },
      { leaseMs: 30_000 },
    )
    await (await queue.enqueue('warm')).result({ timeoutMs: 5_000 })
    const took: number[] = []
    for (let round = 0; round < 10; round++) {
      // The worker is idle: the next turn is the one that claims, the one after it the one that settles.
      const cut = proxy.cutNextReply(new RegExp(settleAndClaimScript.sha))
      const begin = performance.now()
      const tasks = await queue.enqueueAll(Array.from({ length: 10 }, (_, i) => ({ payload: i })))
      await Promise.all(tasks.map((task) => task.result({ timeoutMs: 10_000 })))
      took.push(Math.round(performance.now() - begin))
      expect(cut.done()).toBe(true)
    }
    console.log(`ten tasks with a cut turn, ms: ${took.join(' ')}`)
    // A poll stands in for a lost hint within 2 s; a lease would have been 30 s.
    expect(Math.max(...took)).toBeLessThan(5_000)
    expect(runs.size).toBe(101)
    expect([...runs.values()].filter((fences) => fences.length > 1)).toEqual([])
    expect(worker.stats()).toMatchObject({ completed: 101, failed: 0, buried: 0, stale: 0 })
    await worker.close()
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    expect(await admin.exists('mq:{q}:crashes', 'mq:{q}:failures', 'mq:{q}:leases')).toBe(0)
  })

  it('sends a message once, and says that it does not know, when it was the reply to a publish', async () => {
    await using scene = await openScene()
    const heard: unknown[] = []
    await scene
      .broker()
      .channel('c')
      .subscribe(({ payload }) => void heard.push(payload))
    const channel = scene.broker().channel('c')
    await channel.publish('first')
    for (let round = 1; round <= 5; round++) {
      const cut = scene.proxy.cutNextReply(new RegExp(publishScript.sha))
      await expect(channel.publish(round)).rejects.toMatchObject({ code: 'unavailable' })
      expect(cut.done()).toBe(true)
      // The next waits for the connection by itself: it was certainly not sent before.
      await channel.publish(`after ${round}`)
    }
    await until('the last message', 5_000, () => heard.includes('after 5'))
    expect(heard).toEqual(['first', ...[1, 2, 3, 4, 5].flatMap((round) => [round, `after ${round}`])])
  })

  it('settles once when replies are cut again and again under load', async () => {
    await using scene = await openScene()
    const { proxy, admin, recorder } = scene
    const queue = scene.broker().queue('q')
    const runs = new Map<string, number>()
    const worker = queue.process((_, { id }) => void runs.set(id, (runs.get(id) ?? 0) + 1), { leaseMs: 30_000 })
    for (let round = 0; round < 20; round++) {
      const cut = proxy.cutNextReply(new RegExp(round % 2 === 0 ? settleAndClaimScript.sha : enqueueScript.sha))
      await Promise.all(Array.from({ length: 200 }, (_, i) => queue.enqueue(i)))
      await until('the cut', 5_000, cut.done)
    }
    await until('all tasks to end', 15_000, async () => (await admin.hlen('mq:{q}:tasks')) === 0)
    expect(runs.size).toBe(4_000)
    expect([...runs.values()].filter((count) => count > 1)).toEqual([])
    expect(worker.stats()).toMatchObject({ failed: 0, buried: 0, stale: 0 })
    expect(recorder.errors).toEqual([])
  })
})
