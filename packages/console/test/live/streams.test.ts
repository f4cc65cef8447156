import { defineChannel } from '@mq/core'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { testConsole } from '../test-console.ts'
import { EventStream } from './event-stream.ts'

async function listening(options: Parameters<typeof testConsole>[0] = {}) {
  const console = await testConsole(options)
  await console.app.listen({ port: 0 })
  return console
}

describe('/events', () => {
  it('shows the overview, live', async () => {
    const { app, broker } = await listening()
    const stream = await EventStream.open(app, '/events')
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    await vi.waitFor(() => expect(stream.of('overview')).toHaveLength(1))
    expect(stream.of('storage')).toEqual([expect.objectContaining({ state: 'up' })])
    await broker.queue('mails').enqueue({ to: 'ada' })
    await vi.waitFor(
      () => expect(stream.of('overview').at(-1)).toMatchObject({ waiting: 1, queues: [{ name: 'mails' }] }),
      {
        timeout: 5_000,
      },
    )
  })

  it('refuses the reader of a client that has enough, and takes another once one has left', async () => {
    const { app } = await listening({ live: { maxPerClient: 2 } })
    const streams = [await EventStream.open(app, '/events'), await EventStream.open(app, '/events')]
    const refused = await EventStream.open(app, '/events')
    expect(refused.response.status).toBe(503)
    expect(Number(refused.response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.response.headers.get('connection')).toBe('close')
    await streams[0]?.close()
    await vi.waitFor(async () => expect((await EventStream.open(app, '/events')).response.status).toBe(200), {
      timeout: 5_000,
    })
  })

  it('says bye when the app closes, which waits for nobody who watches', async () => {
    const { app } = await listening()
    const stream = await EventStream.open(app, '/events')
    await app.close()
    await stream.ended
    expect(stream.of('bye')).toEqual([{ reason: 'closing' }])
  })

  it.each(['/events?queue=a%20b', '/events?lastEventId=' + 'x'.repeat(201)])('refuses %s', async (path) => {
    const { app } = await listening()
    expect((await EventStream.open(app, path)).response.status).toBe(400)
  })
})

describe('the tail of a channel', () => {
  const news = defineChannel({ name: 'news' })

  it('shows messages as they come, as far as redact allows it', async () => {
    const redact = (value: unknown) => ({ ...(value as object), secret: undefined })
    const { app, broker } = await listening({ redact })
    await broker.channel(news).publish({ old: true })
    const stream = await EventStream.open(app, '/channels/news/tail')
    await broker.channel(news).publish({ title: '<b>', secret: 7 }, { headers: { tenant: 'blue' } })
    await vi.waitFor(() => expect(stream.of('message')).toHaveLength(1))
    expect(stream.of('message')[0]).toMatchObject({ n: 2, payload: { title: '<b>' }, headers: { tenant: 'blue' } })
    expect(stream.of('message')[0].payload).not.toHaveProperty('secret')
  })

  it('goes on where it was interrupted, and says when it cannot', async () => {
    const { app, broker } = await listening()
    await broker.channel(news).publish(1)
    const stream = await EventStream.open(app, '/channels/news/tail')
    for (const n of [2, 3, 4]) await broker.channel(news).publish(n)
    await vi.waitFor(() => expect(stream.of('message')).toHaveLength(3))
    const seen = String(stream.events[0]?.id)
    await stream.close()
    await broker.channel(news).publish(5)
    const back = await EventStream.open(app, '/channels/news/tail', { 'last-event-id': seen })
    await vi.waitFor(() => expect(back.of('message').map(({ payload }) => payload)).toEqual([3, 4, 5]))
    const lost = await EventStream.open(app, '/channels/news/tail', { 'last-event-id': 'another-7' })
    await vi.waitFor(() => expect(lost.of('gap')).toEqual([{}]))
  })

  it('says that a message is too large to be shown', async () => {
    const { app, broker } = await listening()
    await broker.channel(news).publish(1)
    const stream = await EventStream.open(app, '/channels/news/tail')
    await broker.channel(news).publish('x'.repeat(100_000))
    await vi.waitFor(() => expect(stream.of('message')).toHaveLength(1))
    expect(stream.of('message')[0]).toMatchObject({ tooLarge: true, bytes: 100_002 })
    expect(stream.of('message')[0]).not.toHaveProperty('payload')
  })

  it('does not hold up a server that closes, also where its reader does not read', async () => {
    const { app, broker } = await listening()
    const channel = broker.channel(news)
    await channel.publish(1)
    const { port } = app.server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
    socket.write('GET /console/api/v1/channels/news/tail HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'data')
    socket.pause()
    for (let i = 0; i < 600; i++) {
      await channel.publish('x'.repeat(60_000))
      if (i % 20 === 0) await new Promise(setImmediate)
    }
    // Real time, as the socket is a real one: the reader is cut off 2 s after its end, and nothing else would end it.
    const started = performance.now()
    await app.close()
    expect(performance.now() - started).toBeLessThan(8_000)
    socket.destroy()
  }, 20_000)

  it('of a channel that nobody uses is not there', async () => {
    const { app } = await listening()
    const stream = await EventStream.open(app, '/channels/nobody/tail')
    expect(stream.response.status).toBe(404)
  })
})
