// Nothing grows with what is over: after a drain a queue is what it was before, whatever went through it.
import { bury, defineQueue, retry } from '@mq/core'
import type { Queue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()
const PER_ROUND = 1_000
/** Empty, hence not there at all, when nothing waits, runs or is waited for. */
const PASSING = ['tasks', 'leases', 'runs', 'crashes', 'failures', 'idle', 'waiters', 'room', 'notes']

/** Ended lanes are remembered for ten minutes: a number each, and not more than these for long. */
const MOST_LANES = 64

/** How much stands in each key; the ring of results fills its slots only. */
async function sizes(name: string): Promise<Record<string, number>> {
  const keys = await dump(lab.redis, name)
  const size = (value: unknown): number => (Array.isArray(value) ? value.length : Object.keys(value as object).length)
  return Object.fromEntries(Object.entries(keys).map(([part, value]) => [part, size(value)]))
}

async function round(queue: Queue, name: string, work: (queue: Queue) => Promise<unknown>): Promise<void> {
  const broker = await lab.broker()
  const workers = [1, 10, 100].map((concurrency) =>
    broker.queue(defineQueue({ name, backoff: { kind: 'fixed', baseMs: 1 } })).process(
      async (payload, { attempt, progress }) => {
        if (typeof payload !== 'number') return payload
        if (payload % 10 === 1) progress(payload)
        if (payload % 10 === 2 && attempt === 1) throw new Error('the first time')
        if (payload % 10 === 3 && attempt < 3) return retry({ delayMs: 1 })
        if (payload % 100 === 4) return bury('bad')
        return payload
      },
      { concurrency },
    ),
  )
  await work(queue)
  await eventually(async () => {
    const { waiting, delayed, running } = await queue.stats()
    return waiting + delayed + running === 0
  }, 'an end of all tasks')
  await Promise.all(workers.map((worker) => worker.close()))
  await broker.close()
}

const rounds: Record<string, (queue: Queue) => Promise<unknown>> = {
  'plain tasks': (queue) => queue.enqueueAll(Array.from({ length: PER_ROUND }, (_, i) => ({ payload: `${i}` }))),
  'tasks that fail, are retried, report, and are buried': (queue) =>
    queue.enqueueAll(Array.from({ length: PER_ROUND }, (_, i) => ({ payload: i, priority: i % 10, delayMs: i % 7 }))),
  'tasks that are waited for, and cancelled': async (queue) => {
    const tasks = await Promise.all(Array.from({ length: PER_ROUND }, (_, i) => queue.enqueue(i, { delayMs: i % 50 })))
    const cancelling = tasks.filter((_, i) => i % 3 === 0).map((task) => task.cancel())
    await Promise.all([...cancelling, ...tasks.map((task) => task.outcome())])
  },
}

describe('after a drain there is no more than after the first one, with', () => {
  it.each(Object.entries(rounds))('%s', async (_what, work) => {
    const name = lab.freshName()
    const queue = (await lab.broker()).queue(name)
    await round(queue, name, work)
    const first = await sizes(name)
    expect(Object.keys(first).filter((part) => PASSING.includes(part))).toEqual([])
    for (let r = 1; r < 5; r++) await round(queue, name, work)
    const fifth = await sizes(name)

    expect(fifth['lanes']).toBeLessThanOrEqual(MOST_LANES)
    fifth['lanes'] = first['lanes']!
    // Dead letters and results are kept, in bounds of their own.
    for (const kept of ['results', 'order', 'dead', 'graves']) {
      expect(fifth[kept] ?? 0).toBeLessThanOrEqual((kept === 'order' ? 10 : 5) * PER_ROUND)
      delete first[kept]
      delete fifth[kept]
    }
    // The history is of fields that are all there after ten seconds, and of bounded lists.
    for (const part of ['samples', 'ticks', 'hours']) {
      delete first[part]
      delete fifth[part]
    }
    expect(fifth).toEqual(first)
  })

  it('tasks with ids of their own, once the ids are forgotten', async () => {
    const name = lab.freshName()
    const queue = (await lab.broker()).queue(name)
    const port = await lab.queue(name)
    const afterRounds: Record<string, number>[] = []
    for (let r = 0; r < 5; r++) {
      await round(queue, name, (each) =>
        each.enqueueAll(Array.from({ length: PER_ROUND }, (_, i) => ({ payload: '1', id: `${r}-${i}` }))),
      )
      await port.ageEndedIds(61_000)
      await port.dropOutcomes()
      afterRounds.push(await sizes(name))
    }
    // Whoever uses ids next pays for the forgetting: no more than one round's stands there.
    for (const size of afterRounds) {
      expect(size['ids']).toBeLessThanOrEqual(PER_ROUND)
      expect(size['ended']).toBeLessThanOrEqual(PER_ROUND)
      expect(Object.keys(size).filter((part) => PASSING.includes(part))).toEqual([])
    }
  })
})

describe('what is kept by design is bounded', () => {
  it('lanes of workers and producers that were never heard of again', async () => {
    const queue = await lab.queue()
    const old = String(Date.now() - 3_700_000)
    const dead = Array.from({ length: 5_000 }, (_, i) => [`dead-${i}.0`, `1|${old}||0|`]).flat()
    await lab.redis.hset(queue.key('lanes'), ...dead)
    await lab.redis.hset(queue.key('producers'), ...dead)
    for (let i = 0; i < 1_000; i++) {
      const lane = new QueuePort(queue.storage, queue.name, lab.redis)
      await lane.add('1')
      await lane.worker().claim(1)
    }
    expect(await lab.redis.hlen(queue.key('lanes'))).toBeLessThan(1_100)
    expect(await lab.redis.hlen(queue.key('producers'))).toBeLessThan(1_100)
  })

  it('dead letters: for 14 days, and those that are dropped are counted', async () => {
    const queue = await lab.queue()
    const worker = queue.worker()
    for (let i = 0; i < 2; i++) {
      await queue.addMany(1_000)
      const claimed = await worker.claim()
      await worker.settle(
        ...claimed.map(({ lease }) => ({ kind: 'bury', charge: true, lease, reason: 'bad', detail: '' }) as const),
      )
    }
    const old = await lab.redis.zrange(queue.key('dead'), '0', '49')
    for (const n of old) await lab.redis.zadd(queue.key('dead'), Date.now() - 14 * 86_400_000 - 1_000, n)
    await queue.add('1')
    await worker.settle({
      kind: 'bury',
      charge: false,
      lease: (await worker.claimOne()).lease,
      reason: 'bad',
      detail: '',
    })
    expect(await lab.redis.zcard(queue.key('dead'))).toBe(1_951)
    expect(await lab.redis.hlen(queue.key('graves'))).toBe(1_951)
    expect((await queue.stats()).deadDropped).toBe(50)
    const graves = await lab.redis.hvals(queue.key('graves'))
    const bytes = graves.reduce((sum, grave) => sum + grave.length, 0)
    expect(Number(await lab.redis.hget(queue.key('meta'), 'deadBytes'))).toBe(bytes)
  })

  it('no key has an end of its own: what is kept is kept until a rule of ours drops it', async () => {
    for (const key of await lab.redis.keys('mq:*')) expect(await lab.redis.ttl(key)).toBe(-1)
  })
})
