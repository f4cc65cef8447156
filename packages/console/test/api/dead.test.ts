import type { Broker } from '@mq/core'
import { defineChannel } from '@mq/core'
import { expect, it } from 'vitest'
import { testConsole } from '../test-console.ts'

async function bury(broker: Broker, count: number): Promise<string[]> {
  const queue = broker.queue('mails')
  const worker = queue.process(() => Promise.reject(new Error('no')), { concurrency: 10 })
  const ids = Array.from({ length: count }, (_, i) => `t${i}`)
  const tasks = await queue.enqueueAll(ids.map((id) => ({ payload: 'old', id, attempts: 1 })))
  await Promise.all(tasks.map((task) => task.outcome()))
  await worker.close()
  return ids
}

it('reports what a redrive would do, and does it when the name is typed', async () => {
  const { broker, get, post } = await testConsole()
  await bury(broker, 3)
  const path = '/queues/mails/dead/redrive'
  expect((await post(path, { which: 'all', dryRun: true })).body).toMatchObject({ count: 3, changed: 0, refused: [] })
  expect((await post(path, { which: 'all' })).body).toMatchObject({ code: 'not-confirmed' })
  expect((await get('/queues/mails')).body).toMatchObject({ dead: 3, waiting: 0 })
  expect((await post(path, { which: 'all', confirm: 'mails' })).body).toMatchObject({ count: 3, changed: 3 })
  expect((await get('/queues/mails')).body).toMatchObject({ dead: 0, waiting: 3 })
})

it('runs one again with another payload, and some at a pace', async () => {
  const { broker, get, post } = await testConsole()
  await bury(broker, 4)
  const path = '/queues/mails/dead/redrive'
  expect((await post(path, { which: { ids: ['t0', 't1'] }, payload: 'new' })).body).toMatchObject({ status: 400 })
  expect((await post(path, { which: { ids: ['t0'] }, payload: 'new' })).body).toMatchObject({ changed: 1, ids: ['t0'] })
  expect((await get('/queues/mails/tasks/t0')).body.task).toMatchObject({ state: 'waiting', payload: 'new' })
  const paced = await post(path, { which: { error: 'no' }, perSecond: 0.1 })
  expect(paced.body).toMatchObject({ count: 3, changed: 3 })
  expect((await get('/queues/mails')).body).toMatchObject({ waiting: 2, delayed: 2 })
})

it('discards those that are selected, and refuses a selection of nothing', async () => {
  const { broker, get, post } = await testConsole()
  await bury(broker, 3)
  const path = '/queues/mails/dead/discard'
  for (const which of [{}, { ids: [] }, { ids: ['t0'], reason: 'x' }, 'none', null]) {
    expect((await post(path, { which })).status).toBe(400)
  }
  expect((await post(path, { which: { ids: ['t1', 'none'] } })).body).toMatchObject({
    count: 1,
    changed: 1,
    ids: ['t1'],
  })
  expect((await get('/queues/mails')).body).toMatchObject({ dead: 2 })
})

it('lists the dead letters of a group page by page, gives them to it again and deletes them', async () => {
  const log = defineChannel({ name: 'log', history: { maxCount: 100 } })
  const { broker, get, post } = await testConsole()
  const channel = broker.channel(log)
  const worker = await channel.consume('g', () => Promise.reject(new Error('no')), { from: 'earliest', attempts: 1 })
  await channel.publishAll(Array.from({ length: 7 }, (_, message) => ({ message, headers: { a: 'b' } })))
  const path = '/channels/log/groups/g'
  await expect.poll(async () => (await get(path)).body.dead).toBe(7)
  await worker.close()
  const payloads: unknown[] = []
  let after: string | undefined
  do {
    const { body } = await get(`${path}/dead?limit=3${after ? `&after=${after}` : ''}`)
    expect(body.letters.length).toBeLessThanOrEqual(3)
    payloads.push(...body.letters.map(({ payload }: { payload: unknown }) => payload))
    after = body.next
  } while (after)
  expect(new Set(payloads)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]))
  expect(payloads).toHaveLength(7)
  expect((await post(`${path}/dead/redrive`, { which: 'all', confirm: 'log' })).status).toBe(400)
  expect((await post(`${path}/dead/redrive`, { which: 'all', dryRun: true })).body).toMatchObject({ count: 7 })
  const [letter] = (await get(`${path}/dead`)).body.letters
  expect(letter).toMatchObject({ error: { message: 'no' }, headers: { a: 'b' } })
  expect((await post(`${path}/dead/redrive`, { which: { ids: [letter.id] } })).body).toMatchObject({ changed: 1 })
  expect((await post(`${path}/dead/discard`, { which: 'all', confirm: 'g' })).body).toMatchObject({ changed: 6 })
})

it('lists the dead letters of a group in pages of a few MiB, however many are asked for', async () => {
  const log = defineChannel({ name: 'log', history: { maxCount: 100 } })
  const { broker, get } = await testConsole()
  const channel = broker.channel(log)
  const worker = await channel.consume('g', () => Promise.reject(new Error('no')), { from: 'earliest', attempts: 1 })
  for (let i = 0; i < 12; i++) await channel.publish('x'.repeat(1_000_000))
  await expect.poll(async () => (await get('/channels/log/groups/g')).body.dead).toBe(12)
  await worker.close()
  const sizes: number[] = []
  for (let after = ''; ;) {
    const { body } = await get(`/channels/log/groups/g/dead?limit=200${after}`)
    sizes.push(body.letters.length)
    if (body.next === undefined) break
    after = `&after=${body.next}`
  }
  expect(sizes.reduce((sum, size) => sum + size)).toBe(12)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5)
})
