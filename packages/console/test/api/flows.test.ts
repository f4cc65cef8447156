import { bury, createBroker, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { testConsole } from '../test-console.ts'

const ADAPTERS: Readonly<Record<string, () => Promise<Broker>>> = {
  memory: async () => createBroker(memoryAdapter(), { logger: silentLogger }),
  redis: async () => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    return createBroker(redisAdapter({ url: server.url }), { logger: silentLogger })
  },
}

/** Three fetches, a parcel that is packed after them, a letter after that. */
async function enqueueFlow(broker: Broker): Promise<void> {
  const fetches = await broker
    .queue('fetches')
    .enqueueAll(['chair', 'table', 'lamp'].map((payload) => ({ payload, id: payload })))
  const parcel = await broker.queue('packing').enqueue('order 1', { id: 'parcel', after: fetches, onDead: 'run' })
  await broker.queue('letters').enqueue('sent', { id: 'letter', after: [parcel] })
  await broker.queue('packing').enqueue('another', { id: 'alone', delayMs: 60_000 })
}

describe.each(Object.entries(ADAPTERS))('flows, on the adapter %s', (_, open) => {
  it('are shown with their states, and counted wherever states are', async () => {
    const broker = await open()
    const { app, get } = await testConsole({ broker })
    await enqueueFlow(broker)
    const fetching = broker.queue('fetches').process((payload) => (payload === 'lamp' ? bury('broken') : payload))
    await vi.waitFor(async () => {
      expect(await broker.queue('packing').task('parcel').status()).not.toHaveProperty('blocked')
    })
    await fetching.close()
    await broker.queue('fetches').enqueue('sofa', { id: 'sofa' })

    const { body: graph } = await get('/queues/packing/tasks/parcel/graph')
    expect(graph.tasks[0]).toMatchObject({ queue: 'packing', id: 'parcel' })
    const stateOf = Object.fromEntries(graph.tasks.map(({ id, queue, state }: any) => [`${queue}/${id}`, state]))
    expect(stateOf).toEqual({
      'packing/parcel': expect.stringMatching(/^(waiting|delayed)$/),
      'fetches/chair': 'completed',
      'fetches/table': 'completed',
      'fetches/lamp': 'dead',
      'letters/letter': 'blocked',
    })
    const named = graph.edges.map(({ from, to }: any) => `${graph.tasks[from].id} ${graph.tasks[to].id}`)
    expect(named.toSorted()).toEqual(['chair parcel', 'lamp parcel', 'parcel letter', 'table parcel'])
    expect(graph.more).toBe(false)
    expect((await get('/queues/packing/tasks/parcel/graph?limit=2')).body).toMatchObject({ more: true })
    expect((await get('/queues/packing/tasks/alone/graph')).body).toMatchObject({ edges: [], more: false })
    expect((await get('/queues/packing/tasks/nobody/graph')).body).toMatchObject({ status: 404, code: 'unknown-task' })
    for (const limit of ['0', '1001', '0x10', '']) {
      expect((await get(`/queues/packing/tasks/parcel/graph?limit=${limit}`)).status).toBe(400)
    }

    const { body: letter } = await get('/queues/letters/tasks/letter')
    expect(letter).toMatchObject({
      task: { state: 'delayed', blocked: true },
      why: { because: 'blocked', parents: { count: 1, ended: 0, failed: 0, onDead: 'bury' } },
    })
    expect((await get('/queues/letters')).body).toMatchObject({ delayed: 1, blocked: 1 })
    expect((await get('/overview')).body.blocked).toBeGreaterThanOrEqual(1)
    expect((await get('/queues/letters/tasks?state=delayed')).body.tasks).toMatchObject([{ blocked: true }])
    const { payload } = await app.inject('/console/metrics')
    expect(payload).toContain('mq_queue_blocked{queue="letters"} 1')
  })

  it('are listed alone, page by page, whatever else is delayed', async () => {
    const broker = await open()
    const { get } = await testConsole({ broker })
    const queue = broker.queue('packing')
    await queue.enqueueAll(Array.from({ length: 1_000 }, (_, i) => ({ payload: i, delayMs: 60_000 + i })))
    const parent = await broker.queue('fetches').enqueue('chair')
    for (const i of [1, 2, 3]) await queue.enqueue(`order ${i}`, { id: `parcel-${i}`, after: [parent] })
    const found: string[][] = []
    for (let after = ''; ;) {
      const { body } = await get(`/queues/packing/tasks?state=blocked&limit=2&payloads=true${after}`)
      found.push(body.tasks.map(({ id }: { id: string }) => id))
      if (body.next === undefined) break
      after = `&after=${encodeURIComponent(body.next)}`
    }
    expect(found).toEqual([['parcel-1', 'parcel-2'], ['parcel-3']])
    const { body } = await get('/queues/packing/tasks/search?state=blocked&text=order')
    expect(body).toMatchObject({ tasks: { length: 3 }, scanned: 3 })
    expect(body.next).toBeUndefined()
  })

  it('are cancelled as a whole, which the list of changes says', async () => {
    const broker = await open()
    const { get, post } = await testConsole({ broker })
    await enqueueFlow(broker)
    const cancel = '/queues/fetches/tasks/chair/cancel'
    expect((await post(cancel, { tree: 'yes' })).status).toBe(400)
    expect(await broker.queue('packing').task('parcel').status()).toMatchObject({ blocked: true })
    expect((await post(cancel, { tree: true, reason: 'sold out' })).body).toEqual({
      outcome: 'cancelled',
      others: { cancelled: 2, tooLate: 0 },
    })
    for (const [queue, id] of [
      ['packing', 'parcel'],
      ['letters', 'letter'],
    ] as const) {
      expect(await broker.queue(queue).task(id).outcome()).toMatchObject({ state: 'cancelled', reason: 'sold out' })
    }
    expect((await broker.queue('fetches').task('table').status()).state).toBe('waiting')
    expect((await post('/queues/fetches/tasks/table/cancel')).body).toEqual({ outcome: 'cancelled' })
    expect((await post(cancel, { tree: true })).body).toEqual({
      outcome: 'too-late',
      others: { cancelled: 0, tooLate: 2 },
    })
    const { entries } = (await get('/audit')).body
    const changes = entries.map(({ action, target, note, outcome }: any) => [action, target, note, outcome])
    expect(changes).toEqual([
      ['cancelTask', 'queues/fetches/tasks/chair/cancel', 'tree', 'done'],
      ['cancelTask', 'queues/fetches/tasks/table/cancel', undefined, 'done'],
      ['cancelTask', 'queues/fetches/tasks/chair/cancel', 'tree', 'done'],
      ['cancelTask', 'queues/fetches/tasks/chair/cancel', undefined, 'invalid-request'],
    ])
  })
})
