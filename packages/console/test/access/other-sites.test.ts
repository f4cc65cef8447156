import { describe, expect, it } from 'vitest'
import { testConsole } from '../test-console.ts'

const SESSION = '/console/api/v1/session'
const HERE = '127.0.0.1:5000'
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
const auth = { tokens: [{ token: 'ada-0123456789abcdef', role: 'operator' }] } as const

type Headers = Readonly<Record<string, string>>

async function ask(method: 'GET' | 'DELETE', headers: Headers) {
  const { app } = await testConsole({ allowedHosts: ['Queue.example'] })
  return app.inject({ method, url: SESSION, headers: { host: HERE, ...headers } })
}

describe.each(['GET', 'DELETE'] as const)('%s', (method) => {
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
  ]
  it.each(elsewhere)('is refused to %s', async (_who, headers) => {
    expect((await ask(method, headers)).json()).toMatchObject({ status: 403, code: 'cross-site' })
  })

  const ours: readonly (readonly [string, Headers])[] = [
    ['a program', {}],
    ['a program that uses fetch', { 'accept-language': '*', 'sec-fetch-mode': 'cors', 'user-agent': 'node' }],
    ['this page', { 'sec-fetch-site': 'same-origin', origin: `http://${HERE}`, referer: `http://${HERE}/` }],
    ['this page, in a browser without Sec-Fetch-Site', { referer: `http://${HERE}/`, 'user-agent': BROWSER }],
    ['a person who types the address', { 'sec-fetch-site': 'none', 'user-agent': BROWSER }],
    ['the page behind a proxy that changes the host', { origin: 'https://queue.example', 'user-agent': BROWSER }],
  ]
  it.each(ours)('is for %s', async (_who, headers) => {
    expect((await ask(method, headers)).statusCode).toBe(method === 'GET' ? 200 : 204)
  })
})

it('refuses a change to a browser that does not say where it comes from, unless it sends a token', async () => {
  const silent = { 'user-agent': BROWSER }
  expect((await ask('DELETE', silent)).json()).toMatchObject({ code: 'cross-site' })
  expect((await ask('GET', silent)).statusCode).toBe(200)
  const basic = { ...silent, authorization: 'Basic YWRhOnNlY3JldA==' }
  expect((await ask('DELETE', basic)).json()).toMatchObject({ code: 'cross-site' })
  const { app } = await testConsole({ auth })
  const headers = { ...silent, authorization: 'Bearer ada-0123456789abcdef' }
  expect((await app.inject({ method: 'DELETE', url: SESSION, headers })).statusCode).toBe(204)
})

it('answers a link that leads to the API from another site, which cannot read the answer', async () => {
  expect((await ask('GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).statusCode).toBe(200)
})

describe('a host name', () => {
  it.each(['evil.example', 'evil.example:5000', '127.0.0.1.evil.example', 'localhost.evil.example', 'a b', '[::1'])(
    'that is not ours is refused everywhere: %j',
    async (host) => {
      const { app } = await testConsole({ allowedHosts: ['queue.example'], auth })
      for (const url of [SESSION, '/console/', '/console/nowhere', '/console/api/v1/audit']) {
        const reply = await app.inject({ url, headers: { host } })
        expect([url, reply.json().code]).toEqual([url, 'wrong-host'])
      }
    },
  )

  it.each(['localhost', 'localhost:5000', 'a.localhost', '127.0.0.1:1', '10.1.2.3', '[::1]:5000', 'Queue.Example:443'])(
    'that is ours is answered: %j',
    async (host) => expect((await ask('GET', { host })).statusCode).toBe(200),
  )
})

it('sends strict headers with every answer, also with problems', async () => {
  const { app } = await testConsole({ auth })
  for (const url of [SESSION, '/console/nowhere']) {
    const { headers } = await app.inject(url)
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'same-origin',
    })
  }
})
