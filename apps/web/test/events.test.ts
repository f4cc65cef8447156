import { feed, pubsubLog } from '@mq/contracts'
import type { Sighting } from '@mq/contracts'
import type { Broker } from '@mq/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { WebApp } from '../src/web-app.ts'
import { EventStream } from './event-stream.ts'
import { postTask, testWeb } from './test-web.ts'

const sighting = (id: string): Sighting => ({
  kind: 'task',
  id,
  attempt: 1,
  result: { element: 7, square: 49, worker: '<b>worker</b>', tookMs: 98 },
})
const announce = (broker: Broker, id: string) => broker.channel(feed).publish(sighting(id))

async function listening(): Promise<{ app: WebApp; broker: Broker }> {
  const web = await testWeb()
  await web.app.listen({ port: 0 })
  return web
}

async function watch(app: WebApp, headers?: Record<string, string>): Promise<EventStream> {
  const stream = await EventStream.open(app, headers)
  onTestFinished(() => stream.close())
  return stream
}

describe('/events', () => {
  it('tells every browser who got what', async () => {
    const { app, broker } = await listening()
    const [one, other] = [await watch(app), await watch(app)]
    expect(one.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    await announce(broker, 'a')
    await vi.waitFor(() =>
      expect([one.of('sighting'), other.of('sighting')]).toEqual([[sighting('a')], [sighting('a')]]),
    )
  })

  it('tells a page that comes later what happened last, and one that comes back what it missed', async () => {
    const { app, broker } = await listening()
    const early = await watch(app)
    for (const id of ['a', 'b', 'c']) await announce(broker, id)
    await vi.waitFor(() => expect(early.of('sighting')).toHaveLength(3))

    const late = await watch(app)
    await vi.waitFor(() => expect(late.of('sighting')).toEqual(['a', 'b', 'c'].map(sighting)))
    const seen = early.events.filter(({ event }) => event === 'sighting')[1]?.id
    const back = await watch(app, { 'last-event-id': String(seen) })
    await vi.waitFor(() => expect(back.of('sighting')).toEqual([sighting('c')]))
  })

  it('remembers a bounded number', async () => {
    const { app, broker } = await listening()
    const early = await watch(app)
    await Promise.all(Array.from({ length: 250 }, (_, i) => announce(broker, `n${i}`)))
    await vi.waitFor(() => expect(early.of('sighting')).toHaveLength(250))
    const late = await watch(app)
    await vi.waitFor(() => expect(late.of('sighting')).toHaveLength(100))
    expect(late.of('sighting')[99]).toEqual(sighting('n249'))
  })

  it('tells how the queue is while somebody watches', async () => {
    const { app } = await listening()
    await postTask(app, { payload: 1 })
    const stream = await watch(app)
    await vi.waitFor(
      () =>
        expect(stream.of('status')).toContainEqual({
          storage: 'up',
          queues: {
            prodcons: expect.objectContaining({
              waiting: 1,
              delayed: 0,
              running: 0,
              dead: 0,
              paused: false,
              displaced: 0,
              deadDropped: 0,
              foreign: 0,
            }) as unknown,
          },
          group: { name: 'audit', lag: null },
        }),
      { timeout: 5_000 },
    )
  })

  it('tells how far the group is behind', async () => {
    const { app, broker } = await listening()
    const member = await broker.channel(pubsubLog).consume('audit', () => undefined)
    await broker.channel(pubsubLog).group('audit').pause()
    await app.inject('/pubsub')
    const stream = await watch(app)
    await vi.waitFor(
      () => expect(stream.of('status').at(-1)).toMatchObject({ group: { name: 'audit', lag: 1 } }),
      5_000,
    )
    await member.close()
  })

  it('refuses the 26th viewer of an address, and takes another once one has left', async () => {
    const { app } = await listening()
    const viewers = await Promise.all(Array.from({ length: 25 }, () => watch(app)))
    const refused = await watch(app)
    expect(refused.response.status).toBe(503)
    expect(Number(refused.response.headers.get('retry-after'))).toBeGreaterThan(0)
    await viewers[0]?.close()
    await vi.waitFor(async () => expect((await watch(app)).response.status).toBe(200), { timeout: 5_000 })
  })

  it('is ended first when the app closes, which waits for nobody who watches', async () => {
    const { app } = await listening()
    const stream = await watch(app)
    await app.close()
    await stream.ended
  })
})
