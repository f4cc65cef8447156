// Which queue of a name a process means, and for how long it believes what it knows.
import { defineQueue, MqError } from '@mq/core'
import { expect, it } from 'vitest'
import { lab } from './lab.ts'
import { HOME, WatchedAdapter, WITNESSES } from './watched-adapter.ts'

const HOUR_MS = 3_600_000

const named = (partitions: number) => defineQueue<number>({ name: 'work', partitions })

it('a queue that was obliterated after a change begins anew with its first number', async () => {
  const { clock, open } = lab()
  const first = open()
  const queue = first.queue(named(4))
  await queue.enqueue(1)
  const worker = queue.process(() => undefined)
  await clock.advance(2 * HOUR_MS)
  await worker.close()
  await queue.repartition(8, { preview: true })
  await clock.advance(180_000)
  await queue.obliterate({ force: true })
  await first.close({ deadlineMs: 0 })
  await clock.advance(120_000)
  const again = open().queue(named(4)).enqueue(2)
  const ended = again.then(
    () => 'stored',
    (error: unknown) => (MqError.is(error) ? error.code : error),
  )
  await clock.advance(60_000)
  expect(await ended).toBe('stored')
})

it('who was idle while the queue was obliterated and made anew uses the new one', async () => {
  const { clock, errors, open } = lab()
  const [first, idle, later] = [open(), open(), open()]
  await first.queue(named(4)).enqueue(1)
  await first.queue(named(4)).repartition(8, { preview: true })
  const stale = idle.queue(named(8))
  expect((await stale.stats()).waiting).toBe(1)
  await first.queue(named(4)).obliterate({ force: true })
  await first.close({ deadlineMs: 0 })
  await clock.advance(120_000)
  const anew = later.queue(named(4))
  const task = await anew.enqueue(2)
  await expect(stale.stats()).rejects.toMatchObject({ code: 'partitions-differ' })
  expect(await task.status()).toEqual({ state: 'waiting' })
  const other = open()
  expect((await other.queue(named(4)).stats()).waiting).toBe(1)
  const ran: number[] = []
  anew.process((n) => void ran.push(n))
  await clock.advance(1_000)
  expect(ran).toEqual([2])
  await Promise.all([idle, later, other].map((broker) => broker.close()))
  expect(errors).toEqual([])
})

it('who was idle while the queue was obliterated brings none of its partitions back', async () => {
  const { clock, open } = lab()
  const [first, idle] = [open(), open()]
  await first.queue(named(4)).enqueue(1)
  await first.queue(named(4)).repartition(8, { preview: true })
  const stale = idle.queue(named(4))
  expect((await stale.stats()).waiting).toBe(1)
  await first.queue(named(4)).obliterate({ force: true })
  await first.close({ deadlineMs: 0 })
  await clock.advance(120_000)
  await stale.enqueue(2)
  const refusal: unknown = await open()
    .queue(named(5))
    .stats()
    .catch((error: unknown) => error)
  expect(MqError.is(refusal) && refusal.details['partitions']).toBe(4)
  expect((await open().queue(named(4)).stats()).waiting).toBe(1)
})

it('a process goes on while the slot of the name is away, and stops when nobody says how it is divided', async () => {
  const watched = new WatchedAdapter()
  const { clock, open } = lab(watched.adapter)
  const broker = open()
  const queue = broker.queue(named(4))
  await queue.enqueue(0)
  watched.hang(HOME)
  for (let minute = 0; minute < 5; minute++) {
    const stored = queue.enqueue(minute)
    await clock.advance(60_000)
    await stored
  }
  watched.hang(WITNESSES)
  let sent = 0
  watched.onEnqueue = () => void sent++
  await clock.advance(60_000)
  const refused = queue.enqueue(100).then(
    () => 'stored',
    (error: unknown) => MqError.is(error) && error.code,
  )
  await clock.advance(60_000)
  expect(await refused).toBe('unavailable')
  expect(sent).toBe(0)
  watched.resume(HOME)
  watched.resume(WITNESSES)
  await clock.advance(1_000)
  expect((await queue.stats()).waiting).toBeGreaterThanOrEqual(6)
  await broker.close()
})
