import { describe, expect, it } from 'vitest'
import { Written } from './written.ts'

const expected = { groups: ['mail'] }

const published = (n: number): Written =>
  new Written().say(
    'publisher-1',
    { ev: 'publish.invoke', message: `m${n}` },
    { ev: 'publish.ok', message: `m${n}`, epoch: 'e', n },
  )

function given(written: Written, proc: string, n: number, fence: number, name = n): Written {
  return written
    .say(proc, { ev: 'group.claim', group: 'mail', from: 1_000, given: [{ n: `${n}`, lease: `${fence}.1`, fence }] })
    .say(proc, { ev: 'consume', group: 'mail', message: `m${name}`, n, fence })
}

function settled(written: Written, proc: string, fence: number): Written {
  return written.say(proc, { ev: 'group.settled', group: 'mail', leases: [`${fence}.1`] })
}

// No subscriber is there: what is asked of ephemeral channels does not apply.
describe('K1, consumer groups', () => {
  it('is content when each message was given once', () => {
    expect(settled(given(published(1), 'member-1', 1, 1), 'member-1', 1).complaints({}, expected)).toEqual([])
  })

  it('sees a message that a group was never given', () => {
    const written = given(published(1), 'member-1', 1, 1)
    expect(written.complaints({}, { groups: ['mail', 'audit'] })).toEqual(['K1: group audit was never given m1'])
    expect(written.verdict({}, { groups: ['mail', 'audit'] }).figures.lost).toBe(1)
  })

  it('sees one that nobody published, and one under another number', () => {
    expect(given(given(published(1), 'member-1', 1, 1), 'member-1', 7, 2).complaints({}, expected)).toEqual([
      'K1: group mail was given m7, and nobody published it',
    ])
    expect(given(published(1), 'member-1', 2, 1, 1).complaints({}, expected)).toEqual([
      'K1: group mail was given m1 as 2, published as 1',
    ])
  })

  it('lets a message come again that a member had in its hands when it was killed', () => {
    const written = given(published(1), 'member-1', 1, 1).fault(['member-1']).healed()
    given(written, 'member-2', 1, 2)
    expect(written.complaints({}, expected)).toEqual([])
    expect(written.verdict({}, expected).figures).toMatchObject({ duplicates: 1, bound: 1, beyondBound: 0 })
  })

  it('sees one that comes again without a fault, or though it was settled before', () => {
    const again = 'K1: group mail was given m1 again by member-2, and no fault had struck member-1'
    expect(given(given(published(1), 'member-1', 1, 1), 'member-2', 1, 2).complaints({}, expected)).toEqual([again])
    const done = settled(given(published(1), 'member-1', 1, 1), 'member-1', 1)
      .fault(['member-1'])
      .healed()
    expect(given(done, 'member-2', 1, 2).complaints({}, expected)).toEqual([again])
  })
})
