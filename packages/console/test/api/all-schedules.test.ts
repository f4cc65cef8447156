// The schedules of all queues as one list.
import { MqError } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { createScheduler } from '@mq/scheduler'
import { expect, it } from 'vitest'
import { testConsole } from '../test-console.ts'

const HOUR_MS = 3_600_000
const YEAR_2100 = Date.UTC(2100)

/** A schedule that ticks once, so many hours after the year 2100 has begun. */
const after = (hours: number) => {
  const at = YEAR_2100 + hours * HOUR_MS
  return { everyMs: HOUR_MS, from: at, until: at, payload: 'secret' }
}

it('are listed by when they tick next, whichever queue they are of, without their payloads', async () => {
  const broker = createTestBroker(memoryAdapter())
  const { get } = await testConsole({ broker })
  const schedules = createScheduler(broker, { ticks: false })
  // More of one queue than a page of the storage has.
  for (let i = 0; i < 50; i++) await schedules.upsert('a', `even-${i}`, after(2 * i + 2))
  for (let i = 0; i < 3; i++) await schedules.upsert('b', `odd-${i}`, after(2 * i + 3))
  await schedules.pause('b', 'odd-1')
  await broker.queue('none').enqueue(1)
  const { body } = await get('/schedules')
  const names = body.schedules.map(({ name }: { name: string }) => name)
  const evens = Array.from({ length: 50 }, (_, i) => `even-${i}`)
  expect(names).toEqual(['even-0', 'odd-0', 'even-1', 'even-2', 'odd-2', ...evens.slice(3), 'odd-1'])
  expect(body.schedules[1]).toMatchObject({
    queue: 'b',
    state: 'active',
    nextAt: YEAR_2100 + 3 * HOUR_MS,
    ticked: false,
  })
  expect(body.schedules.at(-1)).toMatchObject({ queue: 'b', name: 'odd-1', state: 'paused' })
  expect(JSON.stringify(body)).not.toContain('secret')
  expect([body.more, body.unreadable]).toEqual([false, undefined])
  const first = (await get('/schedules?limit=2')).body
  expect([first.schedules.length, first.more]).toEqual([2, true])
})

it('say of which queues nobody ticks them', async () => {
  const broker = createTestBroker(memoryAdapter())
  const { get } = await testConsole({ broker })
  await createScheduler(broker, { ticks: false }).upsert('a', 'alone', after(2))
  const ticker = createScheduler(broker, { queues: ['b'] })
  await ticker.upsert('b', 'ticked', after(3))
  await broker.clock.advance(1)
  const { body } = await get('/schedules')
  expect(body.schedules).toMatchObject([
    { name: 'alone', ticked: false },
    { name: 'ticked', ticked: true },
  ])
  const closing = ticker.close()
  await broker.clock.advance(1)
  await closing
})

it('are two hundred at the most, of which the first tick first, and it is said that there are more', async () => {
  const broker = createTestBroker(memoryAdapter())
  const { get } = await testConsole({ broker })
  const schedules = createScheduler(broker, { ticks: false })
  for (let i = 0; i < 201; i++) await schedules.upsert(i % 2 ? 'a' : 'b', `s-${i}`, after(i + 2))
  const { body } = await get('/schedules')
  const names = body.schedules.map(({ name }: { name: string }) => name)
  expect(names).toEqual(Array.from({ length: 200 }, (_, i) => `s-${i}`))
  expect(body.more).toBe(true)
})

it('are shown where those of another queue cannot be read, and why', async () => {
  const { broker, get } = await testConsole()
  const schedules = createScheduler(broker, { ticks: false })
  for (const queue of ['a', 'b']) await schedules.upsert(queue, 'one', { cron: '0 0 1 1 *', payload: 1 })
  const broken = { page: () => Promise.reject(new MqError('layout-mismatch', 'another layout')) }
  Object.defineProperty(broker.queue('a'), 'schedules', { value: broken })
  const { body } = await get('/schedules')
  expect(body.schedules).toMatchObject([{ queue: 'b', name: 'one' }])
  expect(body.unreadable).toEqual([{ name: 'a', code: 'layout-mismatch', detail: 'another layout' }])
})
