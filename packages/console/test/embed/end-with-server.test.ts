import { createBroker, silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import Fastify from 'fastify'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { createServer as createNetServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { endWithServer } from '../../src/embed/end-with-server.ts'
import { createConsoleHandler } from '../../src/index.ts'
import { Reader } from '../../src/live/reader.ts'

async function listening<S extends NetServer>(server: S): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An app whose `/stream` never ends by itself, called by a server of its host. */
async function embedded() {
  const clock = createVirtualClock()
  const app = Fastify()
  const readers: Reader[] = []
  endWithServer(app, clock)
  app.get('/stream', async (_request, reply) => {
    const reader = new Reader(clock)
    readers.push(reader)
    reader.add(Buffer.from('retry: 1\n\n'))
    return reply.header('content-type', 'text/event-stream').header('connection', 'close').send(reader)
  })
  await app.ready()
  onTestFinished(() => app.close())
  onTestFinished(() => readers.forEach((reader) => reader.destroy()))
  const server = createServer((request, response) => app.routing(request, response))
  return { clock, server }
}

it('says bye to those who watch once the server of the host is closed, so that it does not wait for them', async () => {
  const { clock, server } = await embedded()
  const url = await listening(server)
  const [first, second] = await Promise.all([fetch(`${url}/stream`), fetch(`${url}/stream`)])
  await clock.advance(60_000)
  const closed = new Promise((resolve) => server.close(resolve))
  await clock.advance(500)
  for (const stream of [first, second]) expect(await stream.text()).toContain('event: bye')
  await closed
})

it('leaves those of another server alone', async () => {
  const { clock, server } = await embedded()
  const other = createServer((...call) => void server.emit('request', ...call))
  const [url, otherUrl] = [await listening(server), await listening(other)]
  const stream = await fetch(`${otherUrl}/stream`)
  const ending = await fetch(`${url}/stream`)
  const closed = new Promise((resolve) => server.close(resolve))
  await clock.advance(10_000)
  expect(await ending.text()).toContain('event: bye')
  await closed
  const reader = stream.body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('retry: 1\n\n')
  await reader.cancel()
})

it('does not end one of a server that gets its connections from another and never listened', async () => {
  const { clock, server } = await embedded()
  const url = await listening(createNetServer((socket) => void server.emit('connection', socket)))
  const stream = await fetch(`${url}/stream`)
  await clock.advance(10_000)
  const reader = stream.body!.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('retry: 1\n\n')
  await reader.cancel()
})

it('is part of the handler', async () => {
  const broker = createBroker(memoryAdapter(), { logger: silentLogger })
  const handler = createConsoleHandler({ broker })
  const server = createServer(handler)
  const url = await listening(server)
  onTestFinished(async () => {
    await handler.close()
    await broker.close()
  })
  const stream = await fetch(`${url}/console/api/v1/events`)
  const closed = new Promise((resolve) => server.close(resolve))
  expect(await stream.text()).toContain('event: bye\ndata: {"reason":"closing"}')
  await closed
})
