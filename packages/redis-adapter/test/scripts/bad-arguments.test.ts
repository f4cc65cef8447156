// Half-done scripts: want = 7000 failed in unpack, after LMPOP. Arguments are checked before the first write.
import type { EnqueueBatch, Settlement, Turn } from '@mq/core'
import { MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { FurnishedQueue } from '../lab/furnished-queue.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()
const NO_DURATIONS = [Number.NaN, Number.POSITIVE_INFINITY, -1]
const NO_COUNTS = [...NO_DURATIONS, 1.5]
/** Senseless, but they do no harm. */
const STRANGE_DURATIONS = [0, 1.5, 1e300]

/** The call is refused with nothing changed, or it is harmless: either way every task comes to a worker afterwards. */
async function assertHarmless(call: (port: QueuePort, queue: FurnishedQueue) => Promise<unknown>): Promise<void> {
  const queue = await FurnishedQueue.create(lab)
  const port = await queue.copy(lab)
  const before = await dump(lab.redis, port.name)
  try {
    await call(port, queue)
  } catch (thrown) {
    if (!MqError.is(thrown, 'storage-refused')) throw thrown
    expect(await dump(lab.redis, port.name)).toEqual(before)
  }
  expect(await queue.rest(port)).toEqual(queue.numbers)
}

/** The same, and it must be refused. */
async function assertRefused(call: (port: QueuePort, queue: FurnishedQueue) => Promise<unknown>): Promise<void> {
  await assertHarmless(async (port, queue) => {
    const end = await call(port, queue).then(
      () => 'was taken',
      (thrown: unknown) => thrown,
    )
    if (end === 'was taken') throw new Error('this should have been refused')
    throw end
  })
}

describe('a turn is refused as a whole', () => {
  const turns: [string, Partial<Record<keyof Turn, unknown>>][] = [
    ...[...NO_COUNTS, 1_001, 7_000].map((want) => [`that wants ${want}`, { want }] as [string, object]),
    ...NO_DURATIONS.map((leaseMs) => [`with leases of ${leaseMs} ms`, { leaseMs }] as [string, object]),
    ['without a number', { seq: Number.NaN }],
    [
      'with 1,001 settlements',
      { settlements: Array.from({ length: 1_001 }, () => ({ kind: 'release', lease: '1#0' })) },
    ],
    ...[Number.NaN, Number.POSITIVE_INFINITY].map(
      (delayMs) =>
        [`that retries after ${delayMs} ms`, { settlements: [{ kind: 'retry', delayMs, charge: true }] }] as [
          string,
          object,
        ],
    ),
    ['with an unknown act', { settlements: [{ kind: 'forget' }] }],
  ]
  // NaN as a lease once reached ZADD after LPOP, and Infinity was kept as the longest lease for ever.
  it.each(turns)('%s', async (_what, wrong) => {
    await assertRefused((port, { leases }) => {
      const settlements = ((wrong.settlements ?? []) as object[]).map(
        (each) => ({ lease: leases[0]!, ...each }) as Settlement,
      )
      return port.worker().turn({ want: 10, ...(wrong as Partial<Turn>), settlements })
    })
  })

  it.each([...NO_DURATIONS, ...STRANGE_DURATIONS])('or loses nothing, with maxBytes %s', async (maxBytes) => {
    await assertHarmless((port) => port.worker().claim(10, { maxBytes }))
  })

  it.each([...STRANGE_DURATIONS, -1])('or loses nothing, with leases and delays of %s ms', async (ms) => {
    await assertHarmless((port) => port.worker().claim(10, { leaseMs: ms }))
    await assertHarmless((port, { leases }) => port.driver.extend(leases, ms))
    await assertHarmless((port, { leases }) =>
      port.worker().settle({ kind: 'retry', lease: leases[0]!, delayMs: ms, charge: true }),
    )
  })

  it('unless its leases are merely strange: those are stale', async () => {
    const strange = ['', '#', 'x', '1', '1#', '1#0#0', '-1#0', '1e3#0', 'a,b', '\n', '1#0\n', ' 1#0', '9'.repeat(400)]
    await assertHarmless(async (port) => {
      const stale = await port.worker().settle(...strange.map((lease) => ({ kind: 'complete', lease }) as const))
      expect(stale).toEqual(strange.map((_, i) => i))
    })
  })
})

describe('a batch is refused as a whole', () => {
  const tasks: [string, Record<string, unknown>][] = [
    ...[Number.NaN, -1, 1.5, 10, 44].map((level) => [`with a task of level ${level}`, { level }] as [string, object]),
    ...NO_DURATIONS.map((delayMs) => [`with a task delayed by ${delayMs} ms`, { delayMs }] as [string, object]),
  ].map(([what, wrong]) => [what, wrong as Record<string, unknown>])
  it.each(tasks)('%s', async (_what, wrong) => {
    await assertRefused((port) => port.offer(['1', { id: 'own' }, wrong, '2']))
  })

  const batches: [string, Partial<EnqueueBatch>][] = [
    ['without a number', { seq: Number.NaN }],
    ['with a capacity that is no number', { capacity: Number.NaN }],
    [
      'of 1,001 tasks',
      { tasks: Array.from({ length: 1_001 }, () => ({ level: 4, delayMs: 0, header: '', payload: '1' })) },
    ],
  ]
  it.each(batches)('%s', async (_what, wrong) => {
    await assertRefused((port) => port.offer(['1'], wrong))
  })
})

describe('of the other verbs', () => {
  it.each(NO_DURATIONS)('extend is refused with %s ms', async (leaseMs) => {
    await assertRefused((port, { leases }) => port.driver.extend(leases, leaseMs))
  })

  it('extend loses nothing that it does not know', async () => {
    await assertHarmless(async (port) => {
      const strange = ['', '#', 'x', '1#', '-1#0', 'a,b', '9'.repeat(400)]
      expect(await port.driver.extend(strange, 30_000)).toEqual(strange.map(() => 'lost'))
    })
  })

  it.each([1_001, -1, 1.5, Number.NaN])('list is refused with a limit of %s', async (limit) => {
    await assertRefused((port) => port.driver.list({ state: 'dead', limit }))
  })

  it.each([-1, 1.5, Number.NaN])('list is refused with a time of %s', async (time) => {
    await assertRefused((port) => port.driver.list({ state: 'dead', diedFrom: time, limit: 10 }))
    await assertRefused((port) => port.driver.list({ state: 'dead', diedTo: time, limit: 10 }))
  })

  // As a range, 0 to 0 + 0 - 1 is all there is.
  it('list with a limit of 0 answers nothing', async () => {
    const queue = await FurnishedQueue.create(lab)
    expect(await queue.port.driver.list({ state: 'dead', limit: 0 })).toEqual([])
  })

  it('read and cancel do not find what nobody could have named', async () => {
    const names = ['', '#', '-1', '1e3', ' ', '\0', 'n', '9'.repeat(400), 'a\nb']
    await assertHarmless(async (port) => {
      for (const name of names) {
        for (const task of [{ n: name }, { id: name }]) {
          expect(await port.driver.read([task], { watch: true })).toEqual([{ state: 'unknown' }])
          expect(await port.driver.apply({ kind: 'cancel', task, reason: '' })).toEqual({ changed: 0 })
        }
      }
    })
  })

  it('none takes more than 1,000 at once', async () => {
    const many = Array.from({ length: 1_001 }, () => '1#0')
    await assertRefused((port) => port.driver.extend(many, 30_000))
    await assertRefused((port) => port.driver.read(many.map((n) => ({ n }))))
    await assertRefused((port) => port.driver.note(many.map((lease) => ({ lease, kind: 'progress', body: '1' }))))
  })
})
