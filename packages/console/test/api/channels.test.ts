import { defineChannel } from '@mq/core'
import { expect, it } from 'vitest'
import { testConsole } from '../test-console.ts'

const orders = defineChannel({ name: 'orders', history: { maxCount: 100 } })

it('lists channels with their groups', async () => {
  const { broker, get } = await testConsole()
  await broker.channel('news').publish(1)
  const worker = await broker.channel(orders).consume('billing', () => undefined)
  expect((await get('/channels')).body).toEqual({
    channels: [
      { name: 'news', groups: [] },
      { name: 'orders', groups: ['billing'] },
    ],
  })
  await worker.close()
})

it('publishes, with headers, to subscribers and groups', async () => {
  const { broker, get, post } = await testConsole({ channels: [orders] })
  const worker = await broker.channel(orders).consume('billing', () => undefined)
  await worker.close()
  const sent = await post('/channels/orders/messages', { message: { id: 1 }, headers: { tenant: 'blue' } })
  expect(sent).toMatchObject({ status: 202, body: { n: 1 } })
  expect((await get('/channels/orders/groups/billing')).body).toMatchObject({ name: 'billing', unread: 1, lost: 0 })
})

it('refuses to publish where the groups would not get it, and with a key that has no effect', async () => {
  const { broker, post } = await testConsole()
  const worker = await broker.channel(orders).consume('billing', () => undefined)
  expect((await post('/channels/orders/messages', { message: 1 })).body).toMatchObject({ code: 'no-definition' })
  expect((await post('/channels/news/messages', { message: 1 }, { 'idempotency-key': 'x' })).status).toBe(400)
  await worker.close()
})

it('pauses, moves and removes a group', async () => {
  const { broker, get, post, remove } = await testConsole({ channels: [orders] })
  const worker = await broker.channel(orders).consume('billing', () => undefined)
  await worker.close()
  const path = '/channels/orders/groups/billing'
  expect((await post(`${path}/pause`)).body).toEqual({ changed: true })
  expect((await get(path)).body).toMatchObject({ paused: true })
  expect((await post(`${path}/resume`)).body).toEqual({ changed: true })
  await broker.channel(orders).publish(1)
  for (const to of ['latest', { sinceMs: 60_000 }, 'earliest'])
    expect((await post(`${path}/seek`, { to })).status).toBe(204)
  expect((await post(`${path}/seek`, { to: 'somewhere' })).status).toBe(400)
  expect((await remove(path)).status).toBe(400)
  expect((await remove(`${path}?confirm=billing`)).status).toBe(204)
  expect((await get(path)).body).toMatchObject({ status: 404, code: 'unknown-group' })
  expect((await get('/channels/none/groups/billing')).body).toMatchObject({ status: 404, code: 'unknown-channel' })
})

it('says why a group delivers nothing, or not a message', async () => {
  const { broker, get, post } = await testConsole({ channels: [orders] })
  const worker = await broker.channel(orders).consume('billing', () => undefined)
  await worker.close()
  const path = '/channels/orders/groups/billing'
  expect((await get(`${path}/why`)).body).toMatchObject({ because: 'caught-up', members: 0 })
  const { epoch, n } = (await post('/channels/orders/messages', { message: 1 })).body
  const why = await get(`${path}/why?epoch=${epoch}&n=${n}`)
  expect(why.body).toMatchObject({ because: 'no-member', text: expect.any(String), newest: { epoch, n } })
  expect((await get(`${path}/why?n=1`)).status).toBe(400)
  expect((await get('/channels/orders/groups/none/why')).body).toMatchObject({ status: 404, code: 'unknown-group' })
})

it('lists the groups of a channel with their figures, page by page', async () => {
  const { broker, get } = await testConsole({ channels: [orders] })
  const names = ['audit', 'billing', 'mails', 'stock', 'taxes']
  for (const name of names) await (await broker.channel(orders).consume(name, () => undefined)).close()
  await broker.channel(orders).publish(1)
  const seen: string[] = []
  for (let after = ''; ;) {
    const { body } = await get(`/channels/orders/groups?limit=2${after}`)
    expect(
      body.groups.every(({ unread, paused }: { unread: number; paused: boolean }) => unread === 1 && !paused),
    ).toBe(true)
    seen.push(...body.groups.map(({ name }: { name: string }) => name))
    if (body.next === undefined) break
    after = `&after=${body.next}`
  }
  expect(seen).toEqual(names)
  expect((await get('/channels/none/groups')).body).toMatchObject({ status: 404, code: 'unknown-channel' })
})
