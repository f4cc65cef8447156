import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { createRedactor, errorFor, WITHHELD } from '../../src/access/redaction.ts'
import type { Redact } from '../../src/access/redaction.ts'

const { log } = Fastify()
const place = { field: 'payload', queue: 'emails', role: 'viewer' } as const

describe('redact', () => {
  it('decides what is shown of a value, and knows whose it is and who looks', () => {
    const redact = createRedactor((value, at) => ({ ...(value as object), secret: undefined, at }), log)
    expect(redact({ to: 'ada', secret: 7 }, place)).toEqual({ to: 'ada', at: place })
  })

  it('is not needed', () => {
    expect(createRedactor(undefined, log)({ a: 1 }, place)).toEqual({ a: 1 })
  })

  const hostile: readonly (readonly [string, Redact])[] = [
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['returns a promise', async (value) => value],
    ['returns a rejected promise', () => Promise.reject(new Error('no'))],
    ['returns a function', () => () => 7],
    ['returns a bigint', () => 7n],
    [
      'returns a circle',
      () => {
        const a: Record<string, unknown> = {}
        a['a'] = a
        return a
      },
    ],
    [
      'returns what throws when it is read',
      () => ({
        get a() {
          throw new Error('no')
        },
      }),
    ],
  ]
  it.each(hostile)('that %s withholds the value', (_what, redact) => {
    expect(createRedactor(redact, log)({ secret: 7 }, place)).toBe(WITHHELD)
  })
})

describe('what a worker said of an error', () => {
  const error = { name: 'PgError', message: 'postgres://ada:secret@db', code: '23505', stack: 'at /srv/app.js' }

  it('is for operators', () => {
    expect(errorFor('operator', error)).toEqual(error)
    expect(errorFor('producer', error)).toEqual({ name: 'PgError', code: '23505' })
    expect(errorFor('viewer', error)).toEqual({ name: 'PgError', code: '23505' })
  })

  it('hides a name and a code that are texts, too', () => {
    expect(errorFor('viewer', { name: 'failed: secret', code: 'a secret' })).toEqual({ name: 'Error' })
  })
})
