import { expect, it } from 'vitest'
import { MAX_ERROR } from '../ports/limits.ts'
import { describeAttempt, factsOf } from './error-facts.ts'

it.each<readonly [what: string, thrown: unknown]>([
  ['a plain one', new Error('no such street')],
  ['a long message', new Error('x'.repeat(1e6))],
  ['control characters, which JSON writes as six', new Error('\u0001'.repeat(1e4))],
  [
    'all of it long',
    Object.assign(new Error('\u0001\t\n'.repeat(1e4)), { name: '\u0001'.repeat(1e4), code: '\n'.repeat(1e4) }),
  ],
  ['halves of pairs', new Error('\ud800'.repeat(1e4))],
  ['a text', '"'.repeat(1e4)],
  ['nothing', undefined],
  ...(['name', 'message', 'stack', 'code', 'cause'] as const).flatMap((field) =>
    [0, 1, 2, 3].map((reads) => [`${field} cannot be read after ${reads} times`, readable(field, reads)] as const),
  ),
])('what is kept of a failed attempt has one line and is short: %s', (_, thrown) => {
  const text = describeAttempt(thrown)
  expect(text.length).toBeLessThanOrEqual(MAX_ERROR)
  expect(text).not.toMatch(/[\t\n]/)
  expect(factsOf(text)?.message.length).toBeGreaterThan(0)
})

/** An error with a field that throws when it was read so often. */
function readable(field: string, reads: number): Error {
  let left = reads
  const get = (): string => {
    if (left-- > 0) return 'text'
    throw new Error('not again')
  }
  return Object.defineProperty(new Error('x'), field, { get })
}
