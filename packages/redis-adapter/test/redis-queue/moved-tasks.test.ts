// Tasks that are changed in the middle of a long list: their numbers stay there, and must be nobody's task, neither now nor in a second life.
import type { ClaimedTask, TaskChange } from '@mq/core'
import { expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()
const LONG = 3_000
const HOUR_MS = 3_600_000

/** A queue in whose line this task is in the middle. */
async function longQueue(): Promise<{ queue: QueuePort; all: string[]; n: string }> {
  const queue = await lab.queue()
  const all = await queue.addMany(LONG)
  return { queue, all, n: all[LONG / 2]! }
}

async function change(queue: QueuePort, n: string, change: TaskChange): Promise<number> {
  return (await queue.driver.apply({ kind: 'change', task: { n }, ...change })).changed
}

function marksOf(queue: QueuePort): Promise<Record<string, string>> {
  return lab.redis.hgetall(queue.key('moved'))
}

/** Claims and completes all that can be claimed. */
async function drain(queue: QueuePort): Promise<ClaimedTask[]> {
  const worker = queue.worker()
  const drained: ClaimedTask[] = []
  for (let claimed = await worker.claim(1_000); claimed.length > 0; claimed = await worker.claim(1_000)) {
    drained.push(...claimed)
    await worker.turn({ settlements: claimed.map(({ lease }) => ({ kind: 'complete', lease })) })
  }
  return drained
}

const numbersOf = (tasks: readonly ClaimedTask[]): string[] => tasks.map(({ n }) => n)

it('gives a task with a new level once, first, and leaves no mark when its old place was passed', async () => {
  const { queue, all, n } = await longQueue()
  expect(await change(queue, n, { level: 9 })).toBe(1)
  expect(await marksOf(queue)).toEqual({ [`4|${n}`]: '1' })
  expect(await lab.redis.hget(queue.key('meta'), 'moved')).toBe('1')
  const drained = numbersOf(await drain(queue))
  expect(drained).toEqual([n, ...all.filter((other) => other !== n)])
  expect(await marksOf(queue)).toEqual({})
  expect(await lab.redis.hget(queue.key('meta'), 'moved')).toBeNull()
  expect(await queue.stats()).toMatchObject({ waiting: 0, foreign: 0 })
})

it('gives a task that is due later to nobody before, and not twice after', async () => {
  const { queue, all, n } = await longQueue()
  await change(queue, n, { delayMs: HOUR_MS })
  expect(await queue.read(n)).toMatchObject({ state: 'delayed' })
  expect(await queue.stats()).toMatchObject({ waiting: LONG - 1, delayed: 1 })
  expect(numbersOf(await drain(queue))).toEqual(all.filter((other) => other !== n))
  await change(queue, n, { delayMs: 0 })
  expect(numbersOf(await drain(queue))).toEqual([n])
})

it('gives a task once that went and came back, however often', async () => {
  const { queue, all, n } = await longQueue()
  for (let round = 0; round < 3; round++) {
    await change(queue, n, { delayMs: HOUR_MS })
    await change(queue, n, { delayMs: 0 })
    all.push(...(await queue.addMany(2_000)))
  }
  expect(await marksOf(queue)).toEqual({ [`4|${n}`]: '3' })
  expect((await queue.driver.inspect({ n })).ahead).toBeUndefined()
  const drained = numbersOf(await drain(queue))
  expect(drained.length).toBe(all.length)
  expect(new Set(drained)).toEqual(new Set(all))
  expect(await marksOf(queue)).toEqual({})
})

it('takes no old place for its task while that runs, is retried, or lives again', async () => {
  const { queue, all, n } = await longQueue()
  await change(queue, n, { level: 9 })
  const worker = queue.worker()
  const first = await worker.claimOne()
  await worker.settle({ kind: 'bury', lease: first.lease, reason: 'broken', detail: '' })
  await queue.driver.apply({ kind: 'redrive', tasks: [{ n, delayMs: HOUR_MS }] })
  expect(numbersOf(await drain(queue))).toEqual(all.filter((other) => other !== n))
  expect(await queue.read(n)).toMatchObject({ state: 'delayed' })
})

it('takes no cancelled, purged or displaced number for that of another', async () => {
  const { queue, all, n } = await longQueue()
  const [cancelled, staying] = [all[LONG / 2 + 1]!, all[LONG / 2 + 2]!]
  await change(queue, n, { level: 9 })
  await change(queue, cancelled, { level: 3 })
  await queue.cancel(cancelled)
  await change(queue, staying, { delayMs: HOUR_MS })
  const [receipt] = await queue.offer([{ level: 9 }], { capacity: 1_000, displace: true })
  expect(receipt?.state).toBe('accepted')
  expect(await queue.stats()).toMatchObject({ waiting: 1_000, delayed: 1, foreign: 0 })
  for (let purged = 1; purged > 0;) {
    purged = (await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 1_000 })).changed
  }
  expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 1, foreign: 0 })
  expect(await marksOf(queue)).toEqual({})
  await change(queue, staying, { delayMs: 0 })
  expect(numbersOf(await drain(queue))).toEqual([staying])
})

it('finds a task behind thousands that were moved, whatever it wants', async () => {
  const queue = await lab.queue()
  const moved = await queue.addMany(6_000)
  // From the middle, so that neither end comes near.
  for (const n of moved.slice(1_000, 5_000)) await change(queue, n, { delayMs: HOUR_MS })
  const worker = queue.worker()
  const wanted = new Set([...moved.slice(0, 1_000), ...moved.slice(5_000)])
  for (let left = wanted.size; left > 0;) {
    const { claimed, nextDueInMs } = await worker.turn({ want: 300, awaitWork: true })
    for (const { n } of claimed) expect(wanted.delete(n)).toBe(true)
    if (claimed.length === 0) expect(nextDueInMs).toBe(0)
    left -= claimed.length
  }
  expect(await queue.stats()).toMatchObject({ running: 2_000, delayed: 4_000, foreign: 0 })
})

it('refuses, and changes nothing, where somebody wrote another type in the place of the marks', async () => {
  const { queue, n } = await longQueue()
  await lab.redis.set(queue.key('moved'), 'x')
  await expect(change(queue, n, { level: 9 })).rejects.toMatchObject({ code: 'storage-refused' })
  expect(await queue.read(n)).toMatchObject({ state: 'waiting' })
})
