// Tasks that come by the clock: what there is, when it ticks next, why it does not, and what is changed of it.
import { defineQueue, unchecked } from '@mq/core'
import { createScheduler } from '@mq/scheduler'
import { expect, it } from 'vitest'
import { testConsole } from '../test-console.ts'

const DAY_MS = 86_400_000
const reports = defineQueue({ name: 'reports', payload: unchecked<{ readonly of: string }>() })
const YEARLY = { cron: '0 0 1 1 *', timeZone: 'Europe/Berlin', payload: { of: 'year' } }

it('a schedule is set, read with its next ticks and why it does not tick, changed, and removed', async () => {
  const { get, put, remove } = await testConsole({ queues: [reports] })
  const options = { attempts: 3, priority: 9, headers: { tenant: 'blue' } }
  const set = await put('/queues/reports/schedules/yearly', { ...YEARLY, options })
  expect(set.body).toMatchObject({ state: 'created', differs: [] })
  const { body } = await get('/queues/reports/schedules/yearly')
  expect(body).toMatchObject({
    schedule: {
      name: 'yearly',
      state: 'active',
      ...YEARLY,
      missed: 'one',
      jitterMs: 0,
      options,
      nextAt: set.body.nextAt,
    },
    why: { because: 'no-ticker', text: expect.stringContaining('no process has ever ticked') },
    ticked: false,
  })
  expect(body.next).toHaveLength(5)
  expect(body.next[0]).toBe(set.body.nextAt)
  const years = body.next.map((at: number) => new Date(at + DAY_MS).getUTCFullYear())
  expect(years).toEqual([0, 1, 2, 3, 4].map((n) => years[0] + n))
  const again = await put('/queues/reports/schedules/yearly', { ...YEARLY, missed: 'all', options })
  expect(again.body).toMatchObject({ state: 'changed', differs: ['missed'] })
  expect((await put('/queues/reports/schedules/yearly', { ...YEARLY, missed: 'all', options })).body.state).toBe(
    'unchanged',
  )
  const one = '/queues/reports/schedules/yearly'
  expect(await remove(`${one}?confirm=other`)).toMatchObject({ status: 400, body: { code: 'not-confirmed' } })
  expect((await remove(`${one}?confirm=yearly`)).body).toEqual({ changed: true })
  expect((await remove(`${one}?confirm=yearly`)).body).toEqual({ changed: false })
  expect(await get(one)).toMatchObject({ status: 404, body: { code: 'unknown-schedule' } })
})

it('is paused, resumed, and run now', async () => {
  const { broker, get, post, put } = await testConsole()
  const schedules = createScheduler(broker, { queues: ['reports'] })
  await put('/queues/reports/schedules/~search', YEARLY)
  const one = '/queues/reports/schedules/~search'
  expect((await get(one)).body).toMatchObject({
    schedule: { name: 'search' },
    why: { because: 'not-due' },
    ticked: true,
  })
  expect((await post(`${one}/pause`)).body).toEqual({ changed: true })
  expect((await post(`${one}/pause`)).body).toEqual({ changed: false })
  expect((await get(one)).body).toMatchObject({ schedule: { state: 'paused' }, next: [], why: { because: 'paused' } })
  const run = await post(`${one}/run`)
  expect(run.status).toBe(202)
  expect(await broker.queue('reports').task(run.body.id).status()).toMatchObject({ state: 'waiting' })
  expect((await post(`${one}/resume`)).body).toEqual({ changed: true })
  for (const act of ['pause', 'resume', 'run']) {
    expect((await post(`/queues/reports/schedules/none/${act}`)).body).toMatchObject({ code: 'unknown-schedule' })
  }
  expect((await get('/queues/reports')).body.schedules).toMatchObject({ count: 1, due: 0 })
  await schedules.close()
})

it('are listed page by page, under any name, and redacted', async () => {
  const redact = (value: unknown, { field }: { readonly field: string }) => (field === 'headers' ? 'hidden' : value)
  const { get, put } = await testConsole({ redact })
  const names = ['täglich 🙂', '~tilde', '..', 'a/b', '__proto__']
  for (const name of names) {
    const text = name.startsWith('~') || name === '..' ? `~${name}` : name
    const path = `/queues/reports/schedules/${encodeURIComponent(text)}`
    const body = { ...YEARLY, options: { headers: { secret: 'x' } } }
    expect((await put(path, body)).status).toBe(200)
    expect((await get(path)).body.schedule).toMatchObject({ name, options: { headers: 'hidden' } })
  }
  const found: string[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const { body } = await get(`/queues/reports/schedules?limit=2${after && `&after=${encodeURIComponent(after)}`}`)
    found.push(...body.schedules.map(({ name }: { name: string }) => name))
    after = body.next
  }
  expect(found.toSorted()).toEqual(names.toSorted())
})

it('what is wrong is refused with its reason, and nothing is set', async () => {
  const { get, put } = await testConsole()
  const wrong = [
    { cron: 'never', payload: 1 },
    { cron: '0 0 31 2 *', payload: 1 },
    { cron: '* * * * *', timeZone: 'Nowhere/Else', payload: 1 },
    { everyMs: 99, payload: 1 },
    { everyMs: 1_000, cron: '* * * * *', payload: 1 },
    { payload: 1 },
    { ...YEARLY, until: 0, from: 5 },
    { ...YEARLY, missed: 'some' },
    { ...YEARLY, options: { id: 'x' } },
  ]
  for (const body of wrong) {
    const answer = await put('/queues/reports/schedules/wrong', body)
    expect([answer.status, body, answer.body.detail]).toEqual([400, body, expect.stringMatching(/.{10,}/)])
  }
  expect((await get('/queues/reports/schedules')).status).toBe(404)
})
