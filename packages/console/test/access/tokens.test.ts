import { describe, expect, it } from 'vitest'
import { SESSION_MS, Tokens } from '../../src/access/tokens.ts'

const ADA = 'ada-0123456789abcdef'
const BOB = 'bob-0123456789abcdef'
const NOW = 1_790_000_000_000
const tokens = new Tokens([
  { token: ADA, role: 'operator', name: 'ada' },
  { token: BOB, role: 'viewer' },
])

describe('a token', () => {
  it('names who has it', () => {
    expect(tokens.holderOf(ADA)).toEqual({ role: 'operator', user: 'ada' })
    expect(tokens.holderOf(BOB)).toEqual({ role: 'viewer', user: 'viewer' })
  })

  it.each(['', ADA.slice(1), `${ADA}x`, ADA.toUpperCase(), 'é'.repeat(20)])('is not %j', (text) => {
    expect(tokens.holderOf(text)).toBeUndefined()
    expect(tokens.startSession(text, NOW)).toBeUndefined()
  })
})

describe('a session', () => {
  const text = String(tokens.startSession(ADA, NOW))

  it('stands for its token for twelve hours, in every process that has the token', () => {
    const elsewhere = new Tokens([{ token: ADA, role: 'operator', name: 'ada' }])
    expect(elsewhere.inSession(text, NOW + SESSION_MS - 1)).toEqual({ role: 'operator', user: 'ada' })
    expect(elsewhere.inSession(text, NOW + SESSION_MS)).toBeUndefined()
  })

  it('ends with its token', () => {
    expect(new Tokens([{ token: BOB, role: 'operator' }]).inSession(text, NOW)).toBeUndefined()
  })

  it('does not say what its token is', () => {
    expect(text).not.toContain('ada')
  })

  it('cannot be prolonged, and nothing else is taken for one', () => {
    const [until = '', mark = ''] = text.split('.')
    const forged = [
      `${Number(until) + 1}.${mark}`,
      `${until}.${mark.slice(1)}`,
      `${until}.${'A'.repeat(43)}`,
      until,
      '',
    ]
    for (const each of [...forged, `${until}.${mark}.`, ` ${text}`, ADA, '1e99.x', '9'.repeat(13)]) {
      expect([each, tokens.inSession(each, NOW)]).toEqual([each, undefined])
    }
  })
})
