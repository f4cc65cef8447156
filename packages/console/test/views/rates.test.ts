import type { QueueStats } from '@mq/core'
import { expect, it } from 'vitest'
import { Rates } from '../../src/views/rates.ts'

const statsOf = (enqueued: number, completed: number): QueueStats =>
  ({ waiting: enqueued - completed, totals: { enqueued, completed, failed: 0 } }) as QueueStats

it('counts what went through in the last minute', () => {
  const rates = new Rates()
  expect(rates.note('a', statsOf(0, 0), 0).perSecond).toEqual({ enqueued: 0, completed: 0, failed: 0 })
  expect(rates.note('a', statsOf(10, 5), 1_000).perSecond).toEqual({ enqueued: 10, completed: 5, failed: 0 })
  const later = rates.note('a', statsOf(200, 100), 20_000)
  expect(later).toEqual({
    perSecond: { enqueued: 10, completed: 5, failed: 0 },
    growsPerMinute: 300,
    overMs: 20_000,
  })
})

it('begins anew when the queue does, and after a minute in which nobody looked', () => {
  const rates = new Rates()
  rates.note('a', statsOf(100, 100), 0)
  expect(rates.note('a', statsOf(3, 0), 10_000).perSecond.enqueued).toBe(0)
  expect(rates.note('a', statsOf(63, 0), 90_000).perSecond.enqueued).toBe(0)
})

it('keeps a minute of a thousand queues, those that were looked at last', () => {
  const rates = new Rates()
  for (let at = 0; at < 600_000; at += 100) rates.note('a', statsOf(at, 0), at)
  for (let i = 0; i < 999; i++) rates.note(`q${i}`, statsOf(0, 0), 600_000)
  expect(rates.note('a', statsOf(600_000, 0), 600_000).perSecond.enqueued).toBe(1_000)
  for (let i = 0; i < 1_000; i++) rates.note(`p${i}`, statsOf(0, 0), 600_000)
  expect(rates.note('a', statsOf(600_000, 0), 610_000).perSecond.enqueued).toBe(0)
})
