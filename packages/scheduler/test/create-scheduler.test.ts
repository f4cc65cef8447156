import { defineQueue, MqError, SCHEDULE_HEADER, TICK_HEADER } from '@mq/core'
import type { StandardSchema } from '@mq/core'
import { createTestBroker, createVirtualClock } from '@mq/core/testing'
import type { TestBroker, VirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { createScheduler } from '@mq/scheduler'
import type { ScheduleOptions } from '@mq/scheduler'
import { afterEach, beforeEach, expect, it } from 'vitest'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const report = defineQueue<{ readonly of: string }>({ name: 'reports' })

let clock: VirtualClock
let broker: TestBroker
let at: number

beforeEach(async () => {
  clock = createVirtualClock()
  broker = createTestBroker(memoryAdapter(), { clock })
  at = (await broker.queue(report).schedules.read('no such')).at
})
afterEach(() => broker.close())

/** Moves on to the next whole day, less a second. */
async function beforeMidnight(): Promise<number> {
  const midnight = Math.ceil((at + 2_000) / DAY_MS) * DAY_MS
  await clock.advance(midnight - at - 1_000)
  return midnight
}

const ticksOf = (queue = 'reports'): string[] =>
  broker.enqueued(queue).map(({ options }) => options.headers![TICK_HEADER]!)
const iso = (ms: number): string => new Date(ms).toISOString()

it('makes a task at each tick, that says of which schedule and instant it is', async () => {
  const schedules = createScheduler(broker)
  const midnight = await beforeMidnight()
  const upserted = await schedules.upsert(report, 'täglich 🙂', { cron: '0 0 * * *', payload: { of: 'day' } })
  expect(upserted).toEqual({ state: 'created', differs: [], nextAt: midnight })
  await clock.advance(500)
  expect(broker.enqueued(report)).toEqual([])
  await clock.advance(600 + 2 * DAY_MS)
  const tasks = broker.enqueued(report)
  expect(tasks.map(({ payload }) => payload)).toEqual([{ of: 'day' }, { of: 'day' }, { of: 'day' }])
  expect(ticksOf()).toEqual([iso(midnight), iso(midnight + DAY_MS), iso(midnight + 2 * DAY_MS)])
  expect(tasks[0]!.options.headers![SCHEDULE_HEADER]).toBe('täglich 🙂')
  const seen: unknown[] = []
  broker.queue(report).process((payload, { headers }) => void seen.push([payload, headers[TICK_HEADER]]))
  await broker.drain()
  expect(seen[0]).toEqual([{ of: 'day' }, iso(midnight)])
  await schedules.close()
  await clock.advance(3 * DAY_MS)
  expect(broker.enqueued(report)).toHaveLength(3)
})

it('a year of a daily schedule passes in a moment, with a task for each day', async () => {
  const schedules = createScheduler(broker, { queues: [report] })
  const midnight = await beforeMidnight()
  await schedules.upsert(report, 'daily', { cron: '0 0 * * *', timeZone: 'UTC', payload: { of: 'day' } })
  await clock.advance(365 * DAY_MS)
  expect(ticksOf()).toEqual(Array.from({ length: 365 }, (_, i) => iso(midnight + i * DAY_MS)))
})

it('makes one task a tick, however many schedulers run', async () => {
  const shared = memoryAdapter()
  const brokers = Array.from({ length: 4 }, () => createTestBroker(shared, { clock }))
  const all = brokers.map((each) => createScheduler(each, { queues: ['many'] }))
  for (const each of all) await each.upsert('many', 's', { everyMs: 1_000, payload: 1 })
  await clock.advance(100_000)
  const ticks = brokers.flatMap((each) => each.enqueued('many').map(({ options }) => options.headers![TICK_HEADER]))
  expect(ticks.length).toBeGreaterThanOrEqual(99)
  expect(new Set(ticks).size).toBe(ticks.length)
  for (const each of brokers) await each.close()
})

it.each(['skip', 'one', 'all'] as const)('after 24 h without a scheduler: %s', async (missed) => {
  const midnight = await beforeMidnight()
  const first = createScheduler(broker)
  await first.upsert(report, 'hourly', { cron: '0 * * * *', missed, payload: { of: 'hour' } })
  await first.close()
  await clock.advance(1_000 + DAY_MS - HOUR_MS / 2)
  const second = createScheduler(broker, { queues: [report] })
  await clock.advance(0)
  const hours = Array.from({ length: 24 }, (_, i) => iso(midnight + i * HOUR_MS))
  expect(ticksOf()).toEqual(missed === 'all' ? hours : missed === 'one' ? hours.slice(-1) : [])
  const { lastAt, lastTask } = (await second.read(report, 'hourly'))!
  const tasks = broker.enqueued(report)
  expect(lastTask).toBe(tasks.at(-1)?.id)
  expect(lastAt && iso(lastAt)).toBe(ticksOf().at(-1))
  await clock.advance(HOUR_MS)
  expect(ticksOf().slice(missed === 'all' ? 24 : missed === 'one' ? 1 : 0)).toEqual([iso(midnight + DAY_MS)])
  await second.close()
})

it('of many missed ticks it makes up for the newest thousand, once, and says so', async () => {
  const first = createScheduler(broker)
  await first.upsert('s', 'often', { everyMs: 1_000, missed: 'all', payload: 1 })
  await first.close()
  await clock.advance(DAY_MS)
  const second = createScheduler(broker, { queues: ['s'] })
  await clock.advance(0)
  const ticks = ticksOf('s')
  expect(ticks.length).toBeGreaterThanOrEqual(1_060)
  expect(ticks.length).toBeLessThanOrEqual(1_062)
  expect(ticks).toEqual([...new Set(ticks)].toSorted())
  expect(broker.errors.map((error) => MqError.is(error, 'ticks-dropped'))).toEqual([true])
  await second.close()
})

it('ticks each queue once, however often it is set', async () => {
  const looks: string[] = []
  const adapter = memoryAdapter()
  const counted = createTestBroker(adapter, { clock })
  const book = counted.queue('q').schedules
  const due = book.due.bind(book)
  Object.assign(book, { due: (limit: number) => (looks.push('look'), due(limit)) })
  const schedules = createScheduler(counted, { queues: ['q', counted.queue('q')] })
  for (let i = 0; i < 5; i++) await schedules.upsert('q', 's', { cron: '0 0 * * *', payload: 1 })
  await clock.advance(1_000)
  // At its start, and at the hint of the one change.
  expect(looks.length).toBeLessThanOrEqual(2)
  await schedules.close()
  await counted.close()
})

it('does not tick before `from` and after `until`, and says when it is over', async () => {
  const schedules = createScheduler(broker)
  const midnight = await beforeMidnight()
  const bounds = { from: new Date(midnight + HOUR_MS), until: midnight + 3 * HOUR_MS }
  await schedules.upsert(report, 's', { cron: '@hourly', ...bounds, payload: { of: 'x' } })
  expect(await schedules.next(report, 's', 9)).toEqual([1, 2, 3].map((hour) => midnight + hour * HOUR_MS))
  await clock.advance(DAY_MS)
  expect(ticksOf()).toEqual([1, 2, 3].map((hour) => iso(midnight + hour * HOUR_MS)))
  expect((await schedules.read(report, 's'))?.state).toBe('over')
  expect(await schedules.next(report, 's')).toEqual([])
})

it('an upsert of the same leaves all as it is, and one of another says what differed', async () => {
  const schedules = createScheduler(broker)
  const midnight = await beforeMidnight()
  const given: ScheduleOptions<{ of: string }> = { cron: '0 0 * * *', payload: { of: 'day' }, options: { priority: 9 } }
  await schedules.upsert(report, 's', given)
  expect(await schedules.upsert(report, 's', given)).toEqual({ state: 'unchanged', differs: [], nextAt: midnight })
  const changes: [Partial<ScheduleOptions<{ of: string }>>, string[]][] = [
    [{ cron: '0 1 * * *' }, ['cron']],
    [{ timeZone: 'Europe/Berlin' }, ['cron', 'timeZone']],
    [{ missed: 'all', jitterMs: 5 }, ['timeZone', 'missed', 'jitterMs']],
    [{ payload: { of: 'week' } }, ['missed', 'jitterMs', 'payload']],
    [{ options: { priority: 8, headers: { a: 'b' } } }, ['payload', 'options']],
    [{ cron: undefined, everyMs: 60_000 }, ['cron', 'everyMs', 'timeZone', 'options']],
  ]
  for (const [change, differs] of changes) {
    const { state, differs: found } = await schedules.upsert(report, 's', { ...given, ...change })
    expect([state, found]).toEqual(['changed', differs])
  }
})

it('a schedule that changes at its tick has that tick once', async () => {
  const midnight = await beforeMidnight()
  const producer = createScheduler(broker, { ticks: false })
  await producer.upsert(report, 's', { cron: '0 0 * * *', payload: { of: 'before' } })
  await clock.advance(1_500)
  expect(broker.enqueued(report)).toEqual([])
  // Nobody ticked it yet.
  const upserted = await producer.upsert(report, 's', { cron: '0 0 * * *', payload: { of: 'after' } })
  expect(upserted).toEqual({ state: 'changed', differs: ['payload'], nextAt: midnight + DAY_MS })
  createScheduler(broker, { queues: [report] })
  await clock.advance(DAY_MS)
  expect(broker.enqueued(report).map(({ payload }) => payload)).toEqual([{ of: 'before' }, { of: 'after' }])
  expect(ticksOf()).toEqual([iso(midnight), iso(midnight + DAY_MS)])
})

it('pauses, resumes, and keeps a pause through an upsert', async () => {
  const schedules = createScheduler(broker)
  const midnight = await beforeMidnight()
  const given = { cron: '0 * * * *', payload: { of: 'x' } }
  await schedules.upsert(report, 's', given)
  expect([await schedules.pause(report, 's'), await schedules.pause(report, 's')]).toEqual([true, false])
  expect((await schedules.read(report, 's'))?.state).toBe('paused')
  expect(await schedules.next(report, 's')).toEqual([])
  expect((await schedules.upsert(report, 's', given)).state).toBe('unchanged')
  expect((await schedules.upsert(report, 's', { ...given, missed: 'all' })).nextAt).toBeUndefined()
  await clock.advance(5 * HOUR_MS)
  expect(broker.enqueued(report)).toEqual([])
  expect([await schedules.resume(report, 's'), await schedules.resume(report, 's')]).toEqual([true, false])
  await clock.advance(HOUR_MS)
  expect(ticksOf()).toEqual([iso(midnight + 5 * HOUR_MS)])
  expect([await schedules.pause(report, 'none'), await schedules.resume(report, 'none')]).toEqual([false, false])
})

it('runs one now, and leaves its ticks', async () => {
  const schedules = createScheduler(broker)
  const midnight = await beforeMidnight()
  await schedules.upsert(report, 's', { cron: '0 0 * * *', payload: { of: 'x' } })
  const task = await schedules.runNow(report, 's')
  expect(broker.enqueued(report).map(({ id }) => id)).toEqual([task.id])
  expect(ticksOf()).toEqual([iso(midnight - 1_000)])
  expect(await schedules.next(report, 's', 2)).toEqual([midnight, midnight + DAY_MS])
  await schedules.pause(report, 's')
  await schedules.runNow(report, 's')
  expect(broker.enqueued(report)).toHaveLength(2)
  await expect(schedules.runNow(report, 'none')).rejects.toMatchObject({ code: 'unknown-schedule' })
  await expect(schedules.next(report, 'none')).rejects.toMatchObject({ code: 'unknown-schedule' })
})

it('removes one, and its tasks stay', async () => {
  const schedules = createScheduler(broker)
  await beforeMidnight()
  await schedules.upsert(report, 's', { cron: '0 0 * * *', payload: { of: 'x' } })
  await clock.advance(2_000)
  expect([await schedules.remove(report, 's'), await schedules.remove(report, 's')]).toEqual([true, false])
  expect(await schedules.read(report, 's')).toBeUndefined()
  await clock.advance(DAY_MS)
  expect(broker.enqueued(report)).toHaveLength(1)
  expect((await broker.queue(report).stats()).waiting).toBe(1)
})

it('lists schedules with what is known of them, the next to tick first, page by page', async () => {
  const schedules = createScheduler(broker)
  const midnight = await beforeMidnight()
  for (let hour = 9; hour >= 1; hour--) {
    await schedules.upsert(report, `at ${hour}`, { cron: `0 ${hour} * * *`, payload: { of: String(hour) } })
  }
  await schedules.upsert(report, 'off', { everyMs: 500, payload: { of: 'off' }, options: { priority: 0 } })
  await schedules.pause(report, 'off')
  await clock.advance(1_000 + HOUR_MS)
  const names: string[] = []
  let after: string | undefined
  do {
    const page = await schedules.list(report, { after, limit: 3 })
    names.push(...page.schedules.map(({ name }) => name))
    after = page.next
  } while (after !== undefined)
  expect(names).toEqual([...[2, 3, 4, 5, 6, 7, 8, 9, 1].map((hour) => `at ${hour}`), 'off'])
  const [lastTask] = broker.enqueued(report).slice(-1)
  expect(await schedules.read(report, 'at 1')).toEqual({
    name: 'at 1',
    state: 'active',
    cron: '0 1 * * *',
    timeZone: 'UTC',
    missed: 'one',
    jitterMs: 0,
    payload: { of: '1' },
    priority: 4,
    options: {},
    nextAt: midnight + DAY_MS + HOUR_MS,
    lastAt: midnight + HOUR_MS,
    lastTask: lastTask!.id,
  })
  expect((await schedules.list(report)).schedules.at(-1)).toMatchObject({ state: 'paused', everyMs: 500, priority: 0 })
  await expect(schedules.list(report, { after: 'x' })).rejects.toMatchObject({ code: 'invalid-options' })
  await expect(schedules.list(report, { limit: 0 })).rejects.toMatchObject({ code: 'invalid-options' })
})

it('says that a schedule is overdue that nobody ticks', async () => {
  const schedules = createScheduler(broker, { ticks: false })
  await beforeMidnight()
  await schedules.upsert(report, 's', { cron: '0 0 * * *', payload: { of: 'x' } })
  await clock.advance(60_900)
  expect((await schedules.read(report, 's'))?.state).toBe('active')
  await clock.advance(200)
  expect((await schedules.read(report, 's'))?.state).toBe('overdue')
})

it('delays each task by up to `jitterMs`, and its tick stays where it is', async () => {
  const schedules = createScheduler(broker)
  await schedules.upsert(report, 's', { everyMs: 1_000, jitterMs: 500, payload: { of: 'x' }, options: { delayMs: 7 } })
  await clock.advance(200_000)
  const delays = broker.enqueued(report).map(({ options }) => options.delayMs!)
  expect(delays.length).toBeGreaterThanOrEqual(199)
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(7)
  expect(Math.max(...delays)).toBeLessThanOrEqual(507)
  expect(new Set(delays).size).toBeGreaterThan(50)
  expect(ticksOf().every((tick) => tick.endsWith('.000Z'))).toBe(true)
})

const even: StandardSchema<number, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => (Number(value) % 2 === 0 ? { value: Number(value) } : { issues: [{ message: 'odd' }] }),
  },
}

it('refuses what is wrong with a code, and changes nothing', async () => {
  const schedules = createScheduler(broker)
  const evens = defineQueue({ name: 'evens', payload: even })
  const good = { everyMs: 1_000, payload: 2 }
  const set = (change: object, name: unknown = 's'): Promise<unknown> =>
    schedules.upsert(evens, name as string, { ...good, ...change } as never)
  const wrong: [object, string][] = [
    [{ everyMs: 99 }, 'everyMs'],
    [{ everyMs: 100.5 }, 'everyMs'],
    [{ everyMs: '1000' }, 'everyMs'],
    [{ everyMs: undefined }, 'cron'],
    [{ cron: '* * * * *' }, 'cron'],
    [{ timeZone: 'UTC' }, 'timeZone'],
    [{ missed: 'some' }, 'missed'],
    [{ jitterMs: -1 }, 'jitterMs'],
    [{ from: 'now' }, 'from'],
    [{ until: new Date(Number.NaN) }, 'until'],
    [{ from: 5, until: 4 }, 'until'],
    [{ every: 5 }, 'every'],
    [{ options: { id: 'x' } }, 'id'],
    [{ options: { key: '' } }, 'key'],
    [{ options: { key: 'x'.repeat(257) } }, 'key'],
    [{ options: { weight: 2 } }, 'weight'],
    [{ options: { key: 'x', weight: 0 } }, 'weight'],
    [{ options: { delayMs: -1 } }, 'delayMs'],
    [{ options: 7 }, 'options of a schedule'],
    [{ jitterMs: 1_000, options: { expiresInMs: 900 } }, 'expiresInMs'],
    [{ options: { headers: { a: 'x'.repeat(8_150) } } }, 'headers'],
  ]
  for (const [change, option] of wrong) {
    await expect(set(change), JSON.stringify(change)).rejects.toMatchObject({
      code: 'invalid-options',
      details: { option },
    })
  }
  const crons: unknown[] = [
    '',
    'x',
    '* * * *',
    '60 * * * *',
    '* * * * * * * *',
    '? * * * *',
    '@reboot',
    7,
    'x'.repeat(999),
  ]
  for (const cron of [...crons, '2030-01-01T00:00:00', '2030-01-01', '0 0 30 2 *']) {
    const refused = set({ everyMs: undefined, cron })
    await expect(refused, String(cron)).rejects.toMatchObject({ code: 'invalid-options', details: { option: 'cron' } })
  }
  for (const timeZone of ['', 'Mars/Olympus', 7, null]) {
    const refused = set({ everyMs: undefined, cron: '* * * * *', timeZone })
    await expect(refused).rejects.toMatchObject({ code: 'invalid-options', details: { option: 'timeZone' } })
  }
  for (const name of ['', 'x'.repeat(257), '\ud800', 7, undefined, null]) {
    await expect(set({}, name === undefined ? {} : name)).rejects.toMatchObject({ code: 'invalid-options' })
    await expect(schedules.remove(evens, name as string)).rejects.toMatchObject({ code: 'invalid-options' })
    await expect(schedules.runNow(evens, name as string)).rejects.toMatchObject({ code: 'invalid-options' })
  }
  await expect(set({ payload: 3 })).rejects.toMatchObject({ code: 'invalid-payload' })
  await expect(set({ payload: undefined })).rejects.toMatchObject({ code: 'invalid-payload' })
  const thrower = {
    get everyMs(): number {
      throw new Error('hostile')
    },
  }
  await expect(schedules.upsert('evens', 's', thrower as never)).rejects.toMatchObject({ code: 'invalid-options' })
  expect(() => createScheduler(broker, { queue: [] } as never)).toThrow('no option')
  expect((await schedules.list(evens)).schedules).toEqual([])
  await clock.advance(10_000)
  expect(broker.enqueued('evens')).toEqual([])
})

it('goes on beside schedules that cannot be read, and reports each once', async () => {
  const schedules = createScheduler(broker)
  const book = broker.queue(report).schedules
  const task = await book.prepare('x', { of: 'x' })
  await schedules.upsert(report, 'good', { everyMs: 60_000, payload: { of: 'good' } })
  for (const rule of ['', 'null', '{"cron":"* * * * *"', '{"everyMs":1,"missed":"one","jitterMs":0}']) {
    await book.set({ name: `bad ${rule}`, rule, task, dueAt: at + 30_000 })
  }
  await clock.advance(300_000)
  expect(broker.enqueued(report).length).toBeGreaterThanOrEqual(4)
  expect(broker.errors.map((error) => MqError.is(error, 'invalid-schedule'))).toEqual([true, true, true, true])
  const { schedules: listed } = await schedules.list(report)
  expect(listed.map(({ state }) => state)).toEqual(['active', 'invalid', 'invalid', 'invalid', 'invalid'])
  // It is replaced by one that can.
  await schedules.upsert(report, 'bad null', { everyMs: 60_000, payload: { of: 'mended' } })
  await clock.advance(61_000)
  expect(broker.enqueued(report).at(-1)?.payload).toEqual({ of: 'mended' })
})

it('the broker’s headers are those of the tick, and ones that fail keep no task back', async () => {
  let calls = 0
  const headers = (): Record<string, string> => {
    calls++
    if (calls > 2) throw new Error('no trace')
    return { trace: String(calls), [TICK_HEADER]: 'forged' }
  }
  const traced = createTestBroker(memoryAdapter(), { clock: createVirtualClock(), headers })
  const schedules = createScheduler(traced)
  await schedules.upsert('q', 's', { everyMs: 1_000, payload: 1 })
  expect(calls).toBe(0)
  await traced.clock.advance(3_000)
  const found = traced.enqueued('q').map(({ options }) => options.headers!['trace'])
  expect(found).toEqual(['1', '2', undefined])
  expect(traced.enqueued('q')[0]!.options.headers![TICK_HEADER]).not.toBe('forged')
  expect(traced.errors).toHaveLength(1)
  await traced.close()
})

it('goes on after failures of the storage, reports each outage once, and misses no tick', async () => {
  const book = broker.queue(report).schedules
  const [due, tick] = [book.due.bind(book), book.tick.bind(book)]
  let left = 0
  const failing = (): void => {
    if (left-- > 0) throw new MqError('unavailable', 'away')
  }
  Object.assign(book, {
    due: async (limit: number) => (failing(), due(limit)),
    tick: async (ticks: never) => (failing(), tick(ticks)),
  })
  const schedules = createScheduler(broker, { queues: [report] })
  await schedules.upsert(report, 's', { everyMs: 1_000, payload: { of: 'x' } })
  for (let outage = 0; outage < 3; outage++) {
    left = 4 + outage
    await clock.advance(20_000)
  }
  expect(broker.errors.map((error) => MqError.is(error, 'unavailable'))).toEqual([true, true, true])
  const instants = ticksOf().map((tick) => Date.parse(tick))
  expect(instants.length).toBeGreaterThanOrEqual(59)
  expect(instants).toEqual(instants.map((_, i) => instants[0]! + i * 1_000))
})

it('is over with its broker, without a word', async () => {
  createScheduler(broker, { queues: [report] })
  await broker.close()
  expect(broker.errors).toEqual([])
  await expect(createScheduler(createTestBroker(memoryAdapter())).close()).resolves.toBeUndefined()
})

it('explains why a schedule made no task, and when it will', async () => {
  const setter = createScheduler(broker, { ticks: false })
  const because = async (name: string): Promise<string> => {
    const { because: reason, text } = await setter.explain(report, name)
    expect(text).toMatch(/^[A-Z].*\.$/)
    return reason
  }
  expect(await because('none')).toBe('unknown')
  const hourly = { cron: '0 * * * *', payload: { of: 'hour' } }
  await setter.upsert(report, 'hourly', { ...hourly, options: { attempts: 3, headers: { a: 'b' } } })
  await setter.upsert(report, 'ended', { ...hourly, until: at - HOUR_MS })
  await setter.upsert(report, 'to come', { ...hourly, from: at + 10 * DAY_MS })
  expect(await because('hourly')).toBe('no-ticker')
  expect(await because('ended')).toBe('over')
  await clock.advance(2 * HOUR_MS)
  expect((await setter.explain(report, 'hourly')).text).toContain('no process has ever ticked')
  expect((await broker.queue(report).stats()).schedules).toMatchObject({ count: 3, due: 1 })
  const ticker = createScheduler(broker, { queues: [report] })
  await clock.advance(1_000)
  expect(await because('hourly')).toBe('not-due')
  expect(await because('to come')).toBe('not-begun')
  const { facts } = await setter.explain(report, 'hourly')
  expect(facts.next).toEqual([0, 1, 2, 3, 4].map((n) => facts.schedule!.nextAt! + n * HOUR_MS))
  expect(facts.schedule).toMatchObject({ options: { attempts: 3, headers: { a: 'b' } } })
  await setter.pause(report, 'hourly')
  expect(await because('hourly')).toBe('paused')
  await ticker.close()
})

it('sets a new one in one call, by what the storage said of its time, and puts right what its clock made wrong', async () => {
  const setter = createScheduler(broker, { ticks: false })
  const { schedules } = broker.queue(report)
  const calls: string[] = []
  for (const verb of ['read', 'set'] as const) {
    const call = schedules[verb].bind(schedules) as (...given: never[]) => never
    Object.assign(schedules, { [verb]: (...given: never[]) => (calls.push(verb), call(...given)) })
  }
  const hourly = { cron: '0 * * * *', payload: { of: 'hour' } }
  expect((await setter.upsert(report, 'first', hourly)).state).toBe('created')
  expect((await setter.upsert(report, 'first', hourly)).state).toBe('unchanged')
  expect((await setter.upsert(report, 'first', { ...hourly, missed: 'all' })).differs).toEqual(['missed'])
  expect(calls).toEqual(['set', 'set', 'set', 'set'])
  // As if this process had stood still for five hours.
  Object.assign(schedules, { guessAt: () => at - 5 * HOUR_MS })
  const { nextAt } = await setter.upsert(report, 'second', hourly)
  expect(nextAt).toBeGreaterThan(at)
  expect((await setter.read(report, 'second'))?.nextAt).toBe(nextAt)
})

it('gives the tasks of each tick their key and weight, also those out of turn', async () => {
  const keyed = defineQueue<number>({ name: 'keyed', limits: { perKey: { concurrency: 1 } } })
  const schedules = createScheduler(broker)
  const options = { key: 'customer 7', weight: 5 }
  await schedules.upsert(keyed, 's', { everyMs: 1_000, payload: 1, options })
  await clock.advance(2_500)
  await schedules.runNow(keyed, 's')
  const tasks = await broker.queue(keyed).tasks({ state: 'waiting', key: 'customer 7' }).first()
  expect(tasks.tasks.length).toBe(broker.enqueued(keyed).length)
  expect(tasks.tasks.length).toBeGreaterThanOrEqual(3)
  expect((await schedules.read(keyed, 's'))!.options).toEqual(options)
  const other = { everyMs: 1_000, payload: 1, options: { ...options, weight: 6 } }
  expect(await schedules.upsert(keyed, 's', other)).toMatchObject({ state: 'changed', differs: ['options'] })
  const parted = defineQueue<number>({ name: 'parted', partitions: 2 })
  const refused = schedules.upsert(parted, 's', { everyMs: 1_000, payload: 1, options })
  await expect(refused).rejects.toMatchObject({ code: 'unsupported' })
})
