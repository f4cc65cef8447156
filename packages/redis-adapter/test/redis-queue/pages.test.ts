// Pages of tasks as an operator's program asks for them: of lists that move, with cursors that come from its clients.
import type { PageState } from '@mq/core'
import { MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { FurnishedQueue } from '../lab/furnished-queue.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'
import { rollDice } from '../lab/seeded.ts'

const lab = await Lab.start()
const STATES: readonly PageState[] = ['waiting', 'delayed', 'running', 'ended']

async function all(queue: QueuePort, state: PageState, limit: number, after?: string): Promise<string[]> {
  const found: string[] = []
  for (let next = after, pages = 0; pages === 0 || next !== undefined; pages++) {
    expect(pages).toBeLessThan(1_000)
    const page = await queue.driver.page({ state, limit, after: next })
    found.push(...page.tasks.map(({ n }) => n))
    next = page.next
  }
  return found
}

describe('a cursor in a long list', () => {
  it('is found again though most of what was before it is gone', async () => {
    const queue = await lab.queue()
    const numbers = await queue.addMany(14_000)
    let after: string | undefined
    for (let i = 0; i < 12; i++) after = (await queue.driver.page({ state: 'waiting', limit: 1_000, after })).next
    const worker = queue.worker()
    for (let i = 0; i < 9; i++) await worker.claim(1_000)
    expect(await all(queue, 'waiting', 1_000, after)).toEqual(numbers.slice(12_000))
  })

  it('whose number was claimed and came back at the tail is not found there', async () => {
    const queue = await lab.queue()
    const numbers = await queue.addMany(300)
    const { next } = await queue.driver.page({ state: 'waiting', limit: 100 })
    const worker = queue.worker()
    const claimed = await worker.claim(100)
    await worker.settle(...claimed.map(({ lease }) => ({ kind: 'retry', lease, delayMs: 0, charge: false }) as const))
    expect(await all(queue, 'waiting', 100, next)).toEqual([...numbers.slice(100), ...numbers.slice(0, 100)])
  })

  it('whose number was given another priority and its own again is not found at the tail', async () => {
    const queue = await lab.queue()
    const numbers = await queue.addMany(30)
    for (const limit of [1, 10]) {
      let next: string | undefined
      for (let listed = 0; listed < 10; listed += limit) {
        next = (await queue.driver.page({ state: 'waiting', limit, after: next })).next
      }
      for (const level of [9, 4]) await queue.driver.apply({ kind: 'change', task: { n: numbers[9]! }, level })
      const rest = await all(queue, 'waiting', limit, next)
      expect(numbers.slice(10).filter((n) => !rest.includes(n))).toEqual([])
      numbers.push(...numbers.splice(9, 1))
    }
  })

  it('passes by the numbers that moved tasks left in the middle of a long list', async () => {
    const queue = await lab.queue()
    const numbers = await queue.addMany(3_000)
    const [raised = '', delayed = '', back = ''] = numbers.slice(1_500)
    const change = (n: string, to: object) => queue.driver.apply({ kind: 'change', task: { n }, ...to })
    await change(raised, { level: 9 })
    await change(delayed, { delayMs: 60_000 })
    await change(back, { level: 9 })
    await change(back, { level: 4 })
    const listed = await all(queue, 'waiting', 1_000)
    expect(listed.filter((n) => n === raised)).toEqual([raised])
    expect(listed).not.toContain(delayed)
    expect(new Set(listed)).toEqual(new Set(numbers.filter((n) => n !== delayed)))
  })

  it('of which all but one number are gone begins its line anew', async () => {
    const queue = await lab.queue()
    const numbers = await queue.addMany(20)
    const { next } = await queue.driver.page({ state: 'waiting', limit: 10 })
    for (const n of numbers.slice(6, 9)) await queue.cancel(n)
    expect(await all(queue, 'waiting', 10, next)).toEqual([...numbers.slice(0, 6), ...numbers.slice(9)])
  })
})

describe('what runs', () => {
  it('is listed once for each that runs from first to last, also when they are many and are prolonged', async () => {
    const queue = await lab.queue()
    const numbers = await queue.addMany(3_000)
    const worker = queue.worker()
    const leases: string[] = []
    for (let i = 0; i < 3; i++) leases.push(...(await worker.claim(1_000)).map(({ lease }) => lease))
    const found: string[] = []
    let after: string | undefined
    for (let pages = 0; pages === 0 || after !== undefined; pages++) {
      expect(pages).toBeLessThan(100)
      const { tasks, next } = await queue.driver.page({ state: 'running', limit: 100, after })
      expect(tasks.length).toBeLessThanOrEqual(200)
      found.push(...tasks.map(({ n }) => n))
      after = next
      // From the last page on only the first half runs: few enough to be listed by number.
      if (pages < 20) await queue.driver.extend(leases.slice(1_000 * (pages % 3)).slice(0, 1_000), 40_000 + pages)
      if (pages === 8)
        await worker.complete(
          ...leases
            .slice(500)
            .slice(0, 1_000)
            .map((lease) => ({ lease })),
        )
      if (pages === 9)
        await worker.complete(
          ...leases
            .slice(1_500)
            .slice(0, 1_000)
            .map((lease) => ({ lease })),
        )
    }
    const stayed = [...numbers.slice(0, 500), ...numbers.slice(2_500)]
    expect(stayed.filter((n) => !found.includes(n))).toEqual([])
  })
})

describe('entries of another program', () => {
  it('are passed by', async () => {
    const queue = await lab.queue()
    const { redis } = queue
    const waiting = await queue.addMany(5)
    const delayed = await queue.addMany(5, { delayMs: 60_000 })
    const noise = Array.from({ length: 30 }, (_, i) => `noise ${i} é`)
    await redis.lpush(queue.key('ready:4'), ...noise)
    await redis.rpush(queue.key('ready:4'), ...noise, '7', '')
    await redis.rpush(queue.key('suspects'), 'x')
    await redis.zadd(
      queue.key('later:4'),
      ...noise.flatMap((text) => [1, text]),
      ...noise.flatMap((text) => ['inf', `b${text}`]),
    )
    await redis.zadd(queue.key('leases'), 1, 'hello', 2, '12#x', 3, '#')
    await redis.rpush(queue.key('order'), ...noise, '=3 4', '12')
    for (const limit of [1, 2, 10, 1_000]) {
      expect(await all(queue, 'waiting', limit)).toEqual(waiting)
      expect(await all(queue, 'delayed', limit)).toEqual(delayed)
      expect(await all(queue, 'running', limit)).toEqual([])
      expect(await all(queue, 'ended', limit)).toEqual([])
    }
  })

  it('in a record are shown as malformed', async () => {
    const queue = await lab.queue()
    const n = await queue.addOne('1')
    await queue.redis.hset(queue.key('tasks'), n, 'hello')
    const { tasks } = await queue.driver.page({ state: 'waiting', limit: 1, payloads: true })
    expect(tasks).toEqual([expect.objectContaining({ n, malformed: true, payload: 'hello', header: '' })])
  })
})

it('pages of large tasks are cut by their bytes', async () => {
  const queue = await lab.queue()
  const payload = `"${'x'.repeat(250_000)}"`
  const numbers: string[] = []
  for (let i = 0; i < 9; i++) numbers.push(await queue.addOne({ payload, delayMs: i % 2 === 0 ? 60_000 : 0 }))
  for (const state of ['waiting', 'delayed'] as const) {
    const { tasks } = await queue.driver.page({ state, limit: 100, payloads: true })
    expect(tasks.length).toBe(4)
    expect(await all(queue, state, 100)).toEqual(numbers.filter((_, i) => (i % 2 === 0) === (state === 'delayed')))
  }
})

it('a cursor that somebody made up is refused, or says where to go on, and changes nothing', async () => {
  const { port } = await FurnishedQueue.create(lab)
  const before = await dump(lab.redis, port.name)
  const cursors: string[] = []
  for (const state of STATES) {
    const { next } = await port.driver.page({ state, limit: 1 })
    if (next !== undefined) cursors.push(next)
  }
  cursors.push('4:1:1:1:1', '0:0', '1:1:0', '5:4:31:9', '0:0:18446744073709551615', '9:999999999999999:0', 's', 's:1:1')
  const dice = rollDice('cursors')
  const letters = ['99999999999999999999', ...'0123456789:s.+-e'.split('')]
  let taken = 0
  for (let round = 0; round < 600; round++) {
    const text = dice.oneOf(cursors).split('')
    for (let i = dice.between(0, 3); i > 0; i--) {
      text.splice(dice.between(0, text.length), dice.between(0, 2), dice.oneOf(letters))
    }
    const after = text.join('')
    const state = dice.oneOf(STATES)
    try {
      await port.driver.page({ state, after, limit: dice.between(1, 5) })
      taken++
    } catch (thrown) {
      if (!MqError.is(thrown, 'invalid-options')) throw new Error(`${state} ${after}`, { cause: thrown })
    }
  }
  expect(taken).toBeGreaterThan(50)
  expect(await dump(lab.redis, port.name)).toEqual(before)
})
