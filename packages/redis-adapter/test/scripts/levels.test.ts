// Priorities across a call: LMPOP takes one level (want 100, got 1), and promoting 10⁶ due tasks of low priority came before a due one of high.
import { expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const LEVELS = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]

it('claims over all levels in one turn, the highest first and in order', async () => {
  const queue = await lab.queue()
  const mixed = Array.from({ length: 100 }, (_, i) => ({ level: (i * 7) % 10, payload: `${i}` }))
  await queue.add(...mixed)
  const claimed = await queue.worker().claim(100)
  const expected = LEVELS.flatMap((level) => mixed.filter((task) => task.level === level))
  expect(claimed.map(({ payload }) => payload)).toEqual(expected.map(({ payload }) => payload))
})

it('claims no more than it wants, however the tasks lie', async () => {
  for (const want of [1, 2, 31, 32, 33, 99, 100, 101, 999, 1_000]) {
    const queue = await lab.queue()
    for (const level of [9, 5, 0]) await queue.addMany(400, { level })
    const worker = queue.worker()
    const claimed = await worker.claim(want)
    expect(claimed.length).toBe(want)
    expect(await queue.stats()).toMatchObject({ waiting: 1_200 - want, running: want })
    expect((await worker.drain()).length).toBe(1_200 - want)
  }
})

it('takes a due task of a high level before thousands of due ones of a low level', async () => {
  const queue = await lab.queue()
  await queue.addMany(20_000, { level: 0, delayMs: 1 })
  await queue.makeDue(0)
  const [urgent] = await queue.add({ level: 9, delayMs: 1 })
  await queue.makeDue(9)
  const worker = queue.worker()
  expect((await worker.claimOne()).n).toBe(urgent)
  // What one turn moves is bounded by what it wants.
  expect(await lab.redis.zcard(queue.key('later:0'))).toBeGreaterThan(19_990)
})

it('takes due tasks in the order in which they are due, and behind those that wait at their level', async () => {
  const queue = await lab.queue()
  const delays = Array.from({ length: 50 }, (_, i) => ((i * 37) % 50) + 1)
  await queue.add(...delays.map((delayMs) => ({ delayMs, payload: `${delayMs}` })))
  await queue.add('first', 'second')
  await queue.makeDue()
  const claimed = await queue.worker().claim(100)
  const inTime = delays.sort((a, b) => a - b).map(String)
  expect(claimed.map(({ payload }) => payload)).toEqual(['first', 'second', ...inTime])
})

it('gives back to the head, recovers to the head, retries at the end', async () => {
  const queue = await lab.queue()
  await queue.add('a', 'b', 'c', 'd', 'e', 'f')
  const worker = queue.worker()
  const [a, b, c, d] = await worker.claim(4)
  await queue.lapse(c!.lease)
  await queue.lapse(d!.lease)
  await worker.settle(
    { kind: 'retry', lease: a!.lease, delayMs: 0, charge: true },
    { kind: 'release', lease: b!.lease },
  )
  const claimed = await queue.worker().claim(10)
  expect(claimed.map(({ payload }) => payload)).toEqual(['c', 'd', 'b', 'e', 'f', 'a'])
})

it('keeps a task at its level through retries, releases and crashes', async () => {
  const queue = await lab.queue()
  await queue.add(...LEVELS.map((level) => ({ level, payload: `${level}` })))
  const worker = queue.worker()
  const claimed = await worker.claim(10)
  for (const [i, { lease }] of claimed.entries()) {
    if (i % 4 === 0) await worker.settle({ kind: 'release', lease })
    else if (i % 4 === 1) await worker.settle({ kind: 'retry', lease, delayMs: 0, charge: false })
    else if (i % 4 === 2) await worker.settle({ kind: 'retry', lease, delayMs: 1, charge: true })
    else await queue.lapse(lease)
  }
  for (const level of LEVELS) await queue.makeDue(level)
  const again = await queue.worker().claim(10)
  expect(again.map(({ payload }) => payload)).toEqual(LEVELS.map(String))
})

it('asks for the same levels after a level was empty for a while', async () => {
  const queue = await lab.queue()
  await queue.add({ level: 9 }, { level: 0 })
  const worker = queue.worker()
  await worker.drain()
  const [low, high] = await queue.add({ level: 0 }, { level: 9 })
  expect((await worker.claim(2)).map(({ n }) => n)).toEqual([high, low])
})
