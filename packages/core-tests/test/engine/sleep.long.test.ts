// What workers without work ask of the storage together: no more than a few times a second.
import { defineQueue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { ran, sleepBench } from './sleep-bench.ts'

describe('a thousand workers without work in one process', () => {
  it.each([
    ['no more than 40 times a second', true, 41, 60],
    ['no more than 400 times a second where hints cannot arrive', false, 410, 6],
  ])('look together %s', async (_, live, mostPerS, seconds) => {
    const all = sleepBench()
    const { broker, clock, turns } = all
    all.live = live
    for (let i = 0; i < 1_000; i++) broker.queue(defineQueue({ name: `q${i}` })).process(ran([]))
    await clock.advance(seconds * 1_000)
    turns.length = 0
    await clock.advance(seconds * 1_000)
    expect(turns.length / seconds).toBeLessThanOrEqual(mostPerS)
    // And none is left out.
    expect(new Set(turns.map(({ queue }) => queue)).size).toBe(1_000)
  })

  it('set no timer once they are closed', async () => {
    const { broker, clock, timers } = sleepBench()
    for (let i = 0; i < 10; i++) broker.queue(`q${i}`).process(ran([]))
    await clock.advance(60_000)
    await broker.close()
    expect(timers.size).toBe(0)
  })
})
