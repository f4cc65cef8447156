import { expect, it } from 'vitest'
import { decodeHeader, encodeHeader } from './header.ts'

it('an id alone is written as JSON writes it', () => {
  const id = 'A.z_0:9-'.repeat(16)
  expect(encodeHeader({ id })).toBe(JSON.stringify({ id }))
  expect(decodeHeader(encodeHeader({ id }))).toEqual({ id })
})

it.each(['', 'a"b', 'a\\b', 'a\nb', 'ä', 'a'.repeat(129), 'n123456789012345'])(
  'an id that is none is refused, also where there is nothing else: %j',
  (id) => {
    expect(() => encodeHeader({ id })).toThrow(expect.objectContaining({ code: 'invalid-id' }))
    expect(() => encodeHeader({ id, attempts: 1 })).toThrow(expect.objectContaining({ code: 'invalid-id' }))
  },
)
