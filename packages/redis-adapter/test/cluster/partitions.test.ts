// One queue of eight partitions over three masters.
import { defineQueue } from '@mq/core'
import { afterAll, afterEach, expect, it } from 'vitest'
import { queueOfPartition, witnessesOf } from '../../src/keys.ts'
import { SLOTS, slotOf } from '../../src/cluster/slot.ts'
import { ClusterLab } from '../lab/cluster-lab.ts'
import { eventually } from '../lab/eventually.ts'

const lab = await ClusterLab.start()
afterEach(() => lab.closeBrokers())
afterAll(() => lab[Symbol.asyncDispose]())

const TASKS = 2_000

async function commandsOf(): Promise<number[]> {
  return Promise.all(
    lab.cluster.masters.map(async (master) => {
      const stats = String(await lab.admin(master).call('INFO', 'commandstats'))
      // Of scripts: what they call inside, too.
      return [...stats.matchAll(/^cmdstat_(?!ping|info|cluster|hello|client)[^:]+:calls=(\d+)/gm)].reduce(
        (sum, [, calls]) => sum + Number(calls),
        0,
      )
    }),
  )
}

it.each([2, 3, 8, 64])('partition i of %i is in the i-th part of the slots, always the same', (of) => {
  for (const queue of ['mails', 'a.b-c_d', 'x'.repeat(128)]) {
    for (let index = 0; index < of; index++) {
      const name = queueOfPartition(queue, { index, of })
      expect(queueOfPartition(queue, { index, of })).toBe(name)
      const slot = slotOf(`mq:{${name}}:meta`)
      expect(slot).toBeGreaterThanOrEqual(((index + 3 / 8) * SLOTS) / of)
      expect(slot).toBeLessThan(((index + 5 / 8) * SLOTS) / of)
    }
  }
  // What is stored is found by these names for ever.
  expect([0, 5].map((index) => queueOfPartition('mails', { index, of: 8 }))).toEqual(['mails~0.8~53', 'mails~5.8~11'])
})

it('witnesses of the number are each a third of the slots away, always the same', () => {
  for (const queue of ['mails', 'a.b-c_d', 'x'.repeat(128)]) {
    const [home, ...others] = [queue, ...witnessesOf(queue)].map((name) => slotOf(`mq:{${name}}:meta`)) as [
      number,
      ...number[],
    ]
    others.forEach((slot, i) => {
      const apart = (slot - home + SLOTS) % SLOTS
      expect(Math.abs(apart - (SLOTS * (i + 1)) / 3)).toBeLessThan(SLOTS / 16)
    })
  }
  expect(witnessesOf('mails')).toEqual(['mails~n1~0', 'mails~n2~7'])
})

it('spreads its commands evenly over the masters, and runs each task once', async () => {
  const [producer, worker] = [await lab.broker(), await lab.broker()]
  const definition = defineQueue<number>({ name: lab.freshName(), partitions: 8 })
  const ran = new Map<number, number>()
  worker.queue(definition).process((n) => void ran.set(n, (ran.get(n) ?? 0) + 1), { concurrency: 50 })
  const before = await commandsOf()
  const queue = producer.queue(definition)
  const results: Promise<unknown>[] = []
  for (let n = 0; n < TASKS; n += 50) {
    const some = Array.from({ length: 50 }, (_, i) => queue.enqueue(n + i, i % 2 ? { id: `own-${n + i}` } : {}))
    results.push(...(await Promise.all(some)).map((task) => task.outcome({ timeoutMs: 20_000 })))
  }
  const ends = (await Promise.all(results)) as { readonly state: string }[]
  expect(ends.every(({ state }) => state === 'completed')).toBe(true)
  expect(ran.size).toBe(TASKS)
  expect([...ran.values()].every((count) => count === 1)).toBe(true)
  const made = (await commandsOf()).map((count, i) => count - before[i]!)
  const sum = made.reduce((all, count) => all + count, 0)
  expect(Math.max(...made) / sum).toBeLessThan(0.4)
  expect((await queue.stats()).totals).toMatchObject({ enqueued: TASKS, completed: TASKS })
}, 60_000)

it('a master that hangs costs only its own partitions', async () => {
  const [producer, worker] = [
    await lab.broker({ operationTimeoutMs: 60_000 }),
    await lab.broker({ operationTimeoutMs: 60_000 }),
  ]
  const name = lab.freshName()
  const definition = defineQueue<number>({ name, partitions: 8 })
  const queue = producer.queue(definition)
  const ran = new Map<number, number>()
  worker.queue(definition).process((n) => void ran.set(n, (ran.get(n) ?? 0) + 1), { concurrency: 20 })
  await (await queue.enqueue(-1)).result({ timeoutMs: 20_000 })
  const third = lab.cluster.masters[2]!
  third.pause()
  try {
    const tasks = Array.from({ length: 300 }, (_, n) => queue.enqueue(n, { id: `own-${n}` }))
    const settled = Promise.allSettled(tasks)
    await eventually(() => ran.size > 180, 'the tasks of the other masters to run')
    const during = ran.size
    expect(during).toBeLessThan(300)
    third.resume()
    await settled
    await eventually(() => ran.size === 301, 'the others to run')
    expect([...ran.values()].every((count) => count === 1)).toBe(true)
  } finally {
    third.resume()
  }
}, 90_000)
