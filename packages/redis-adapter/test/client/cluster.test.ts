// Keys in several slots: in a cluster, a script whose keys lie in several slots is refused, as is one that publishes to another slot's
// shard. Here one node owns all slots, which refuses the same.
import { defineChannel, defineQueue, retry } from '@mq/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { FurnishedQueue } from '../lab/furnished-queue.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start({ args: ['--cluster-enabled', 'yes'] })
const { redis } = lab

beforeAll(async () => {
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  await eventually(async () => String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok'), 'a cluster')
})

describe('in a cluster', () => {
  it('every verb of a queue works, and all its keys share one slot', async () => {
    const { port, ...queue } = await FurnishedQueue.create(lab)
    await port.worker().turn({ settlements: queueSettlements(queue.leases), want: 100, awaitWork: true })
    await port.driver.extend(queue.leases, 30_000)
    await port.driver.list({ state: 'dead', limit: 10 })
    await port.stats()
    const keys = await redis.keys(port.key('*'))
    expect(keys.length).toBeGreaterThan(15)
    const slots = await Promise.all(keys.map((key) => redis.call('CLUSTER', 'KEYSLOT', key)))
    expect(new Set(slots).size).toBe(1)
    // And another queue has another slot, so queues spread over nodes.
    const other = await redis.call('CLUSTER', 'KEYSLOT', 'mq:{other}:meta')
    expect(slots[0]).not.toBe(other)
  })

  it('names and workers are listed, in a slot of their own', async () => {
    const broker = await lab.broker()
    const name = lab.freshName()
    broker.queue(name).process(() => undefined)
    expect((await broker.workers()).map(({ queue }) => queue)).toContain(name)
    expect(await broker.queues()).toContain(name)
    const keys = await redis.keys('mq:{:registry}:*')
    const slots = await Promise.all(keys.map((key) => redis.call('CLUSTER', 'KEYSLOT', key)))
    expect([keys.length, new Set(slots).size]).toEqual([3, 1])
  })

  function queueSettlements(leases: readonly string[]) {
    return leases.map((lease) => ({ kind: 'complete', lease, result: '1' }) as const)
  }

  it('a queue goes through its whole life', async () => {
    const definition = defineQueue({
      name: lab.freshName(),
      capacity: { size: 50 },
      backoff: { kind: 'fixed', baseMs: 1 },
    })
    const queue = (await lab.broker()).queue(definition)
    const worker = (await lab.broker()).queue(definition).process(async (payload, { attempt, progress }) => {
      progress(attempt)
      if (payload === 7 && attempt === 1) throw new Error('the first time')
      if (payload === 8 && attempt === 1) return retry({ delayMs: 1 })
      return payload
    })
    const tasks = await Promise.all(
      Array.from({ length: 200 }, (_, i) => queue.enqueue(i, { id: `id-${i}`, priority: i % 10, delayMs: i % 3 })),
    )
    expect(await Promise.all(tasks.map((task) => task.result()))).toEqual(Array.from({ length: 200 }, (_, i) => i))
    const late = await queue.enqueue('late', { delayMs: 60_000 })
    expect(await late.cancel()).toBe('cancelled')
    expect(await late.outcome()).toMatchObject({ state: 'cancelled' })
    expect(worker.stats()).toMatchObject({ completed: 200, stale: 0 })
    expect(lab.errors.filter((error) => error.message !== 'the first time')).toEqual([])
  })

  it('a channel reaches its subscribers', async () => {
    const name = lab.freshName()
    const seen: unknown[] = []
    const gaps: unknown[] = []
    const channel = (await lab.broker()).channel(name)
    await channel.subscribe(({ payload }) => void seen.push(payload), { onGap: (gap) => void gaps.push(gap) })
    const publisher = (await lab.broker()).channel(name)
    for (let i = 0; i < 20; i++) await publisher.publish(i)
    await eventually(() => seen.length === 20, 'all messages')
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(gaps).toEqual([])
  })

  it('a group consumes a channel with history, is sent back, and is removed', async () => {
    const definition = defineChannel({
      name: lab.freshName(),
      history: { maxCount: 50, maxAgeMs: 60_000, maxBytes: 10_000 },
    })
    const channel = (await lab.broker()).channel(definition)
    const seen: number[] = []
    const worker = await (await lab.broker()).channel(definition).consume(
      'audit',
      ({ payload }, { attempt }) => {
        if (payload === 7 && attempt === 1) throw new Error('the first time')
        seen.push(Number(payload))
      },
      { backoff: { kind: 'fixed', baseMs: 1 } },
    )
    for (let i = 0; i < 100; i++) await channel.publish(i)
    await eventually(() => seen.length === 100, 'all messages')
    await channel.group('audit').seek('earliest')
    await eventually(() => seen.length >= 150, 'what is kept, again')
    await worker.close()
    await channel.group('audit').remove()
    expect(new Set(seen).size).toBe(100)
    expect(lab.errors.filter((error) => error.message !== 'the first time')).toEqual([])
  })
})
