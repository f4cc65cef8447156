import { createBroker, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import express from 'express'
import express4 from 'express-4'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createConsoleHandler } from '../../src/index.ts'
import type { ConsoleHandler, ConsoleHandlerOptions } from '../../src/index.ts'
import { addConsole } from './add-console.ts'

type Options = Partial<ConsoleHandlerOptions>

interface Embedded {
  readonly broker: Broker
  readonly handler: ConsoleHandler
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
  readonly post: (path: string, body: unknown) => Promise<Response>
}

/** A server of the host that uses the console's handler. */
async function embed(
  listen: (handler: ConsoleHandler & { readonly broker: Broker }) => RequestListener,
  options: Options = {},
): Promise<Embedded> {
  const broker = createBroker(memoryAdapter(), { logger: silentLogger })
  const handler = createConsoleHandler({ broker, ...options })
  const server: Server = createServer(listen(Object.assign(handler, { broker })))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await handler.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await broker.close()
  })
  const { port } = server.address() as AddressInfo
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init)
  const post = (path: string, body: unknown) =>
    ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return { broker, handler, ask, post }
}

const basePath = '/admin/queues'
const API = `${basePath}/api/v1`

/** As Next calls a file of pages/api: it has read the body, and `url` is the whole path. */
const asNext =
  (handler: ConsoleHandler): RequestListener =>
  (request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += String(chunk)))
    request.on('end', () =>
      handler(Object.assign(request, { body: text === '' ? undefined : JSON.parse(text) }), response),
    )
  }

const hosts: readonly (readonly [string, (handler: ConsoleHandler) => RequestListener])[] = [
  ['node:http', (handler) => handler],
  ['Express, mounted at its path, as in Nest', (handler) => express().use(basePath, handler)],
  ['Express, not mounted', (handler) => express().use(handler)],
  ['Express, behind express.json()', (handler) => express().use(express.json(), express().use(basePath, handler))],
  [
    'Express, in a router of a router',
    (handler) => {
      const inner = express.Router().use('/queues', handler)
      return express().use('/admin', express.Router().use(inner))
    },
  ],
  [
    'Express 4, behind its parsers',
    (handler) =>
      express4()
        .use(express4.json(), express4.urlencoded({ extended: true }))
        .use(basePath, handler),
  ],
  ['a route of Next', asNext],
]

describe.each(hosts)('in %s', (_name, listen) => {
  it('answers, takes bodies, and streams', async () => {
    const { ask, broker, post } = await embed(listen, { basePath })
    const session = await ask(`${API}/session`)
    expect([session.status, await session.json()]).toEqual([200, expect.objectContaining({ role: 'operator' })])

    const published = await post(`${API}/channels/news/messages`, { message: { title: 'é'.repeat(1_000) } })
    expect([published.status, await published.json()]).toEqual([202, expect.objectContaining({ n: 1 })])
    const invalid = await post(`${API}/channels/news/messages`, { wrong: true })
    expect([invalid.status, await invalid.json()]).toEqual([400, expect.objectContaining({ code: 'invalid-request' })])

    await broker.queue('mails').enqueue(1)
    expect((await ask(`${API}/queues/mails/pause`, { method: 'POST' })).status).toBe(200)
    const stream = await ask(`${API}/events`)
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    const { value } = (await stream.body?.getReader().read()) ?? {}
    expect(new TextDecoder().decode(value)).toContain('retry: 1000')
  })

  it('answers a problem to a body of JSON that is empty', async () => {
    const { ask, broker } = await embed(listen, { basePath })
    await broker.queue('mails').enqueue(1)
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(3_000)
    const reply = await ask(`${API}/queues/mails/pause`, { method: 'POST', headers, body: '', signal })
    expect([reply.status, await reply.json()]).toEqual([400, expect.objectContaining({ code: 'invalid-json' })])
  })

  it('answers a problem where there is nothing', async () => {
    const { ask } = await embed(listen, { basePath })
    const reply = await ask(`${API}/nothing`)
    expect([reply.status, await reply.json()]).toEqual([404, expect.objectContaining({ code: 'not-found' })])
  })
})

it.each([
  ['', '/api/v1/nothing'],
  ['/console', '/elsewhere'],
])('answers a problem outside of what it has, too (base path %j)', async (basePath, path) => {
  const { ask } = await embed((each) => each, { basePath })
  for (const method of ['GET', 'POST']) {
    const reply = await ask(path, { method })
    expect([reply.status, reply.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect(await reply.json()).toMatchObject({ code: 'not-found' })
  }
})

it.each(['/shop', '/shop/admin', '/shop/admin/queues'])(
  'is found where %s is taken off on the way',
  async (strippedPath) => {
    const basePath = '/shop/admin/queues'
    const { ask } = await embed(
      (handler) => (request, response) => {
        request.url = request.url!.slice(strippedPath.length)
        handler(request, response)
      },
      { basePath, strippedPath },
    )
    expect((await ask(`${basePath}/api/v1/session`)).status).toBe(200)
    const page = await ask(`${basePath}/`)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(`<base href="${basePath}/"`)])
  },
)

it("lets the host's login say who it is", async () => {
  const login: express.RequestHandler = (request, _response, next) => {
    const name = request.get('x-user')
    if (name !== undefined) Object.assign(request, { user: { name, isAdmin: name === 'ada' } })
    next()
  }
  let close: () => Promise<void> = async () => undefined
  const { ask } = await embed(({ broker }) => {
    const app = express().use(login)
    close = addConsole(app, broker)
    return app
  })
  onTestFinished(() => close())
  const as = async (user: string) => (await ask('/console/api/v1/session', { headers: { 'x-user': user } })).json()
  expect((await ask('/console/api/v1/session')).status).toBe(401)
  expect(await as('ada')).toMatchObject({ role: 'operator', user: 'ada' })
  expect(await as('bob')).toMatchObject({ role: 'viewer', user: 'bob' })
})

it('says bye to those who watch when it is closed, answers 503 after that, and leaves the broker open', async () => {
  const { ask, broker, handler } = await embed((each) => each)
  const stream = await ask('/console/api/v1/events')
  await handler.close()
  expect(await stream.text()).toContain('event: bye')
  const late = await ask('/console/api/v1/session')
  expect([late.status, late.headers.get('content-type')]).toEqual([503, 'application/problem+json'])
  expect([late.headers.get('retry-after'), await late.json()]).toEqual([
    '1',
    expect.objectContaining({ code: 'closing' }),
  ])
  expect((await ask('/console/api/v1/nothing')).status).toBe(503)
  await broker.queue('mails').enqueue(1)
})

it.each<[string, object]>([
  ['no broker', { broker: undefined }],
  ['a path with a slash at its end', { basePath: '/console/' }],
  ['a path taken off that its own does not begin with', { basePath: '/shop/console', strippedPath: '/sho' }],
  ['a short token', { auth: { tokens: [{ token: 'short', role: 'viewer' }] } }],
])('throws a TypeError at once for %s', (_what, options) => {
  const broker = createBroker(memoryAdapter())
  onTestFinished(() => broker.close())
  expect(() => createConsoleHandler({ broker, ...options } as ConsoleHandlerOptions)).toThrow(TypeError)
})
