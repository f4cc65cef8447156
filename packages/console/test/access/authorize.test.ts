import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Authorize } from '../../src/index.ts'
import { testConsole } from '../test-console.ts'

const URL = '/console/api/v1/session'

describe("the host's own check", () => {
  it('sees the request as the host does, and answers a role, or a role and a name', async () => {
    const authorize: Authorize = ({ raw, headers }) => {
      if (headers['x-team'] === 'ops') return { role: 'operator', user: 'ada' }
      return (raw as IncomingMessage).headers['x-team'] === 'shop' ? 'viewer' : undefined
    }
    const { app } = await testConsole({ auth: { authorize } })
    const as = async (team: string) => (await app.inject({ url: URL, headers: { 'x-team': team } })).json()
    expect(await as('ops')).toMatchObject({ role: 'operator', user: 'ada' })
    expect(await as('shop')).toMatchObject({ role: 'viewer' })
    expect(await as('nobody')).toMatchObject({ status: 401, code: 'unauthorized' })
  })

  it('is asked also for a token that is not ours', async () => {
    const auth = {
      tokens: [{ token: 'ada-0123456789abcdef', role: 'viewer' }],
      authorize: ({ headers }) => (headers.authorization === 'Bearer theirs' ? 'operator' : undefined),
    } as const satisfies { authorize: Authorize; tokens: unknown }
    const { app } = await testConsole({ auth })
    const reply = await app.inject({ url: URL, headers: { authorization: 'Bearer theirs' } })
    expect(reply.json()).toMatchObject({ role: 'operator' })
  })

  const hostile: readonly (readonly [string, () => unknown])[] = [
    [
      'throws',
      () => {
        throw new Error('secret-of-the-host')
      },
    ],
    [
      'throws null',
      () => {
        throw null
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret-of-the-host'))],
    ['answers true', () => true],
    ['answers null', () => null],
    ['answers a role that does not exist', () => 'admin'],
    ['answers __proto__', () => '__proto__'],
    ['answers a list', () => ['operator']],
    ['answers an object without a role', () => ({ user: 'ada' })],
    [
      'answers an object whose role throws',
      () => ({
        get role() {
          throw new Error('no')
        },
      }),
    ],
    [
      'answers a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return proxy
      },
    ],
    [
      'answers a thenable that throws',
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- the host may hand over anything
        get then() {
          throw new Error('no')
        },
      }),
    ],
    ['answers a String', () => new String('operator')],
  ]
  it.each(hostile)('that %s lets nobody in, and nothing of it is shown', async (_what, answer) => {
    const { app } = await testConsole({ auth: { authorize: answer as Authorize } })
    const reply = await app.inject(URL)
    expect(reply.json()).toMatchObject({ status: 401, code: 'unauthorized' })
    expect(reply.body).not.toContain('secret')
  })
})

describe('options', () => {
  const bad: readonly (readonly [string, object, RegExp])[] = [
    ['auth without anything', { auth: {} }, /auth needs/],
    ['no token', { auth: { tokens: [] } }, /auth\.tokens/],
    ['a short token', { auth: { tokens: [{ token: 'short', role: 'viewer' }] } }, /auth\.tokens\[0\]\.token/],
    ['a token with a space', { auth: { tokens: [{ token: 'a secret of sixteen', role: 'viewer' }] } }, /\.token/],
    ['an unknown role', { auth: { tokens: [{ token: 'ada-0123456789abcdef', role: 'admin' }] } }, /\.role/],
    [
      'a name that is not text',
      { auth: { tokens: [{ token: 'ada-0123456789abcdef', role: 'viewer', name: 7 }] } },
      /\.name/,
    ],
    ['authorize that is not a function', { auth: { authorize: 'operator' } }, /authorize/],
    ['readOnly that is not a boolean', { readOnly: 'yes' }, /readOnly/],
    ['a host with a port', { allowedHosts: ['queue.example:80'] }, /allowedHosts/],
    ['a rate of 0', { rateLimit: { max: 0 } }, /rateLimit\.max/],
    ['redact that is not a function', { redact: {} }, /redact/],
  ]
  it.each(bad)('with %s are a TypeError that quotes no value', async (_what, options, text) => {
    const refusal = await testConsole(options).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(refusal).toBeInstanceOf(TypeError)
    expect(String(refusal)).toMatch(text)
    expect(String(refusal)).not.toMatch(/short|secret|0123|admin|yes|:80/)
  })

  it('with one token twice are a TypeError', async () => {
    const tokens = (['viewer', 'operator'] as const).map((role) => ({ token: 'ada-0123456789abcdef', role }))
    await expect(testConsole({ auth: { tokens } })).rejects.toThrow(/twice/)
  })
})
