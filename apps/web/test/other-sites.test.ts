import { describe, expect, it } from 'vitest'
import { listen, taskCount, testWeb } from './test-web.ts'

const HERE = '127.0.0.1:5000'
const requests = [
  ['a link', 'GET', '/prodcons'],
  ['a link that publishes', 'GET', '/pubsub'],
  ['a task', 'POST', '/queues/prodcons/tasks'],
  ['a message', 'POST', '/channels/pubsub/messages'],
] as const

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'

type Headers = Readonly<Record<string, string>>

async function produce(method: 'GET' | 'POST', url: string, headers: Headers) {
  const web = await testWeb({ allowedHosts: ['queue.example'] })
  const heard = await listen(web.broker)
  const payload = method === 'POST' ? { payload: { payload: 7 } } : {}
  const response = await web.app.inject({ method, url, headers: { host: HERE, ...headers }, ...payload })
  return { response, produced: (await taskCount(web.broker)) + heard.length }
}

describe.each(requests)('%s', (_what, method, url) => {
  const elsewhere: readonly (readonly [string, Headers])[] = [
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this host', { 'sec-fetch-site': 'same-site' }],
    ['an Origin of another site', { origin: 'http://attacker.test' }],
    ['an Origin of another port', { origin: 'http://127.0.0.1:8099' }],
    ['an Origin that is withheld', { origin: 'null' }],
    ['a Referer of another site', { referer: 'http://attacker.test/page' }],
    ['a Referer that only begins like this site', { referer: `http://${HERE}.attacker.test/` }],
    ['another site, whatever the Origin says', { 'sec-fetch-site': 'cross-site', origin: `http://${HERE}` }],
    ['a Referer of another site, whatever the Origin says', { origin: `http://${HERE}`, referer: 'http://a.test/' }],
    ['a browser that says nothing of where it comes from', { 'user-agent': BROWSER }],
  ]
  it.each(elsewhere)('is refused to %s, and nothing is produced', async (_who, headers) => {
    const { response, produced } = await produce(method, url, headers)
    expect(response.statusCode).toBe(403)
    expect(response.json()).toEqual({ code: 'cross-site', message: expect.any(String) })
    expect(produced).toBe(0)
  })

  const ours: readonly (readonly [string, Headers])[] = [
    ['a program', {}],
    ['siege', { 'user-agent': 'Mozilla/5.0 (unknown-x86_64-linux-gnu) Siege/4.0.7' }],
    ['a program that uses fetch', { 'accept-language': '*', 'sec-fetch-mode': 'cors', 'user-agent': 'node' }],
    ['this page', { 'sec-fetch-site': 'same-origin', origin: `http://${HERE}`, referer: `http://${HERE}/` }],
    ['this page, in a browser without Sec-Fetch-Site', { referer: `http://${HERE}/`, 'user-agent': BROWSER }],
    ['a person who types the address', { 'sec-fetch-site': 'none', 'user-agent': BROWSER }],
    ['the page behind a proxy that changes the host', { origin: 'https://queue.example', 'user-agent': BROWSER }],
  ]
  it.each(ours)('is for %s', async (_who, headers) => {
    const { response } = await produce(method, url, headers)
    expect(response.statusCode).toBe(method === 'GET' ? 302 : 202)
  })
})

describe('a host name', () => {
  it.each(['evil.example', 'evil.example:5000', '127.0.0.1.evil.example', 'localhost.evil.example', 'a b', '[::1'])(
    'that is not ours is refused on every route: %j',
    async (host) => {
      const { app, broker } = await testWeb({ allowedHosts: ['queue.example'] })
      for (const url of ['/', '/events', '/health/live', '/prodcons', '/queues/prodcons/tasks/1', '/nowhere']) {
        const response = await app.inject({ url, headers: { host } })
        expect([url, response.statusCode, response.json().code]).toEqual([url, 403, 'wrong-host'])
      }
      expect(await taskCount(broker)).toBe(0)
    },
  )

  it.each(['localhost', 'localhost:5000', 'a.localhost', '127.0.0.1:1', '10.1.2.3', '[::1]:5000', 'Queue.Example:443'])(
    'that is ours is answered: %j',
    async (host) => {
      const { app } = await testWeb({ allowedHosts: ['queue.example'] })
      expect((await app.inject({ url: '/health/live', headers: { host } })).statusCode).toBe(200)
    },
  )
})

it('a host name that is ours does not open the door for the next one', async () => {
  const { app } = await testWeb()
  const answers: number[] = []
  for (const host of ['localhost', 'evil.example', 'localhost:1', 'evil.example', 'localhost']) {
    answers.push((await app.inject({ url: '/health/live', headers: { host } })).statusCode)
  }
  expect(answers).toEqual([200, 403, 200, 403, 200])
})

describe('a slow client', () => {
  it('has ten seconds for a request, and is looked at every second', async () => {
    const { app } = await testWeb()
    const { requestTimeout, headersTimeout } = app.server
    expect({ requestTimeout, headersTimeout }).toEqual({ requestTimeout: 10_000, headersTimeout: 10_000 })
    expect(app.server).toMatchObject({ connectionsCheckingInterval: 1_000 })
  })
})
