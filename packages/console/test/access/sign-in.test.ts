import { describe, expect, it } from 'vitest'
import { testConsole } from '../test-console.ts'

const URL = '/console/api/v1/session'
const TOKEN = 'ada-0123456789abcdef'
const auth = { tokens: [{ token: TOKEN, role: 'producer', name: 'ada' }] } as const

const signIn = (token: unknown, headers = {}) => ({ method: 'POST', url: URL, payload: { token }, headers }) as const

describe('a browser', () => {
  it('signs in with a token, gets a cookie that no script reads, and signs out', async () => {
    const { app } = await testConsole({ auth })
    expect((await app.inject(URL)).json()).toMatchObject({ status: 401, code: 'unauthorized' })

    const reply = await app.inject(signIn(TOKEN))
    expect(reply.json()).toMatchObject({ role: 'producer', user: 'ada' })
    expect(reply.headers['set-cookie']).toMatch(
      /^mq-console=[^;]+; Max-Age=43200; Path=\/console; HttpOnly; SameSite=Strict$/,
    )
    expect(JSON.stringify(reply.headers) + reply.body).not.toContain(TOKEN)

    const cookie = String(reply.headers['set-cookie']).split(';')[0] ?? ''
    const again = await app.inject({ url: URL, headers: { cookie: `other=1; ${cookie}` } })
    expect(again.json()).toMatchObject({ role: 'producer', user: 'ada' })

    const out = await app.inject({ method: 'DELETE', url: URL, headers: { cookie } })
    expect([out.statusCode, out.headers['set-cookie']]).toEqual([
      204,
      expect.stringMatching(/^mq-console=; Max-Age=0;/),
    ])
  })

  it('gets a cookie for https only where it came by https', async () => {
    const { app } = await testConsole({ auth }, { trustProxy: true })
    const reply = await app.inject(signIn(TOKEN, { 'x-forwarded-proto': 'https' }))
    expect(reply.headers['set-cookie']).toMatch(/; Secure/)
  })

  it('is refused with a token that nobody has, in the same words as without one, and after 20 of them for a minute', async () => {
    const { app } = await testConsole({ auth })
    for (const token of ['', `${TOKEN}x`, 'wrong']) {
      expect((await app.inject(signIn(token))).json()).toMatchObject({ status: 401, code: 'unauthorized' })
    }
    const wrong = { url: URL, headers: { authorization: 'Bearer wrong-0123456789abcdef' } }
    for (let i = 3; i < 20; i++) expect((await app.inject(wrong)).statusCode).toBe(401)
    const refused = await app.inject(signIn('wrong'))
    expect(refused.json()).toMatchObject({ status: 429, code: 'too-many-requests' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await app.inject(wrong)).statusCode).toBe(429)
    expect((await app.inject({ ...wrong, remoteAddress: '10.0.0.9' })).statusCode).toBe(401)
    const right = { authorization: `Bearer ${TOKEN}` }
    expect((await app.inject({ url: URL, headers: right })).statusCode).toBe(200)
  })

  it.each([7, null, undefined, 'x'.repeat(513)])('may not send %s as its token', async (token) => {
    const { app } = await testConsole({ auth })
    expect((await app.inject(signIn(token))).json()).toMatchObject({ status: 400, code: 'invalid-request' })
  })
})

describe('a program', () => {
  it.each(['Bearer', 'bearer', 'BEARER '])('sends its token as %s', async (scheme) => {
    const { app } = await testConsole({ auth })
    const headers = { authorization: `${scheme} ${TOKEN}` }
    expect((await app.inject({ url: URL, headers })).json()).toMatchObject({ role: 'producer' })
  })

  it.each(['', TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN} x`, 'Bearer ', `Bearer ${'x'.repeat(600)}`])(
    'is refused with the header %j, and learns which scheme it is',
    async (authorization) => {
      const { app } = await testConsole({ auth })
      const reply = await app.inject({ url: URL, headers: { authorization } })
      expect([reply.statusCode, reply.headers['www-authenticate']]).toEqual([401, 'Bearer realm="mq console"'])
    },
  )
})
