import { describe, expect, it } from 'vitest'
import { Lanes } from '../src/lanes.ts'
import { bench } from './bench.ts'

const DAY_MS = 86_400_000

describe('what is kept of ended tasks', () => {
  it('is 64 MiB of results at the most: the oldest go first', async () => {
    const { queue, runThrough } = bench()
    const result = JSON.stringify('x'.repeat(1_048_574))
    const numbers: string[] = []
    for (let i = 0; i < 7; i++) {
      numbers.push(...(await runThrough(10, (lease) => ({ kind: 'complete', lease, result }))))
    }
    const states = (await queue.read(numbers.map((n) => ({ n })))).map(({ state }) => state)
    expect(states).toEqual([...Array(6).fill('unknown'), ...Array(64).fill('ended')])
  })

  it('is no dead letter older than 14 days, and those that are dropped are counted', async () => {
    const { queue, clock, runThrough } = bench()
    for (const reason of ['old', 'young']) {
      await runThrough(10, (lease) => ({ kind: 'bury', lease, reason, detail: '' }))
      await clock.advance(DAY_MS)
    }
    await clock.advance(12 * DAY_MS - 1)
    expect(await queue.stats()).toMatchObject({ dead: 20, deadDropped: 0 })
    await clock.advance(1)
    expect(await queue.stats()).toMatchObject({ dead: 10, deadDropped: 10 })
    expect((await queue.list({ state: 'dead', limit: 20 })).every(({ reason }) => reason === 'young')).toBe(true)
    await clock.advance(DAY_MS)
    expect(await queue.list({ state: 'dead', limit: 10 })).toEqual([])
  })

  it('is no dead letter with an own id, either, where 10,000 are over at one moment', async () => {
    const { queue, clock, add, turn } = bench()
    for (let batch = 0; batch < 10; batch++) {
      await add(...Array.from({ length: 1_000 }, (_, i) => ({ id: `${batch}-${i}` })))
      const { claimed } = await turn({ want: 1_000 })
      const letters = claimed.map(({ lease }, i) => ({ lease, id: `${batch}-${i}`, reason: 'old', detail: '' }))
      await turn({ settlements: letters.map((letter) => ({ kind: 'bury', ...letter })) })
    }
    await clock.advance(14 * DAY_MS)
    expect(await queue.stats()).toMatchObject({ dead: 0, deadDropped: 10_000 })
    expect(await queue.read([{ id: '0-0' }, { id: '9-999' }])).toEqual([{ state: 'unknown' }, { state: 'unknown' }])
  })

  it('tells how a task died as long as its dead letter is kept', async () => {
    const { queue, clock, runThrough } = bench()
    const [n] = await runThrough(1, (lease) => ({ kind: 'bury', lease, reason: 'broken', detail: '"why"' }))
    const early = await queue.read([{ n: n! }])
    await clock.advance(DAY_MS)
    expect(await queue.read([{ n: n! }])).toEqual(early)
    await clock.advance(14 * DAY_MS)
    expect(await queue.read([{ n: n! }])).toEqual([{ state: 'unknown' }])
  })

  it('is the own id as long as the result, then nothing', async () => {
    const { queue, clock, add, turn } = bench()
    const [n] = await add({ id: 'own' })
    const { claimed } = await turn({ want: 1 })
    await turn({ settlements: [{ kind: 'complete', lease: claimed[0]!.lease, id: 'own', result: '7' }] })
    await clock.advance(3_599_000)
    expect((await queue.read([{ id: 'own' }]))[0]).toMatchObject({ state: 'ended', n, outcome: { body: '7' } })
    await clock.advance(1_000)
    expect(await queue.read([{ id: 'own' }])).toEqual([{ state: 'unknown' }])
    expect(await add({ id: 'own', payload: '"other"' })).not.toEqual([n])
  })

  it('is the own id of a task without a kept result for a minute', async () => {
    const { queue, clock, add, turn } = bench()
    const [n] = await add({ id: 'own' })
    const { claimed } = await turn({ want: 1 })
    await turn({ settlements: [{ kind: 'complete', lease: claimed[0]!.lease, id: 'own' }], keepResults: false })
    const batch = { seq: 1, atomic: false, tasks: [{ id: 'own', level: 4, delayMs: 0, header: '', payload: '1' }] }
    await clock.advance(59_999)
    expect(await queue.enqueue({ lane: 'a', ...batch })).toEqual([{ state: 'existing', n }])
    await clock.advance(1)
    expect((await queue.enqueue({ lane: 'b', ...batch }))[0]?.state).toBe('accepted')
  })
})

describe('a lane', () => {
  it('is forgotten when it was silent for an hour, and not before', () => {
    const lanes = new Lanes<string>()
    lanes.keep('silent', 5, 'reply', 0)
    lanes.keep('busy', 1, 'reply', 0)
    lanes.keep('busy', 2, 'newer reply', 3_000_000)
    lanes.keep('another', 1, 'reply', 3_599_999)
    expect(lanes.replay('silent', 5)).toBe('reply')
    lanes.keep('a third', 1, 'reply', 3_600_000)
    expect(lanes.replay('silent', 5)).toBe(undefined)
    expect(lanes.replay('busy', 2)).toBe('newer reply')
  })

  it('is refused for ten minutes when it has ended, and then forgotten', () => {
    const lanes = new Lanes<string>()
    lanes.keep('ended', 5, 'reply', 0)
    lanes.end('ended', 6, 'last reply', 0)
    lanes.keep('another', 1, 'reply', 599_999)
    expect(() => lanes.replay('ended', 5)).toThrow('refused')
    expect(lanes.size).toBe(2)
    lanes.keep('a third', 1, 'reply', 600_000)
    expect([lanes.size, lanes.replay('ended', 5)]).toEqual([2, undefined])
  })
})
