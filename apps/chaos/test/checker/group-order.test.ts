import { describe, expect, it } from 'vitest'
import { Member } from './member.ts'

const expected = { groups: ['mail'], orderedGroups: ['mail'] }

describe('K1, order', () => {
  it('is content when numbers, claims and handlers follow the receipts', () => {
    const member = new Member().published(1).published(2)
    expect(member.did(1, 1).did(2, 2).complaints({}, expected)).toEqual([])
  })

  it('sees a message that was published after the receipt of a higher number, and no fault in overlapping ones', () => {
    const member = new Member().published(2).published(1)
    expect(member.did(1, 1).did(2, 2).complaints({}, expected)).toEqual([
      'K1: m1 became 1, published after the receipt of 2',
    ])
    const overlapping = new Member().say('publisher-1', { ev: 'publish.invoke', message: 'm1' }).published(2)
    overlapping.say('publisher-1', { ev: 'publish.ok', message: 'm1', epoch: 'e', n: 1 })
    expect(overlapping.did(1, 1).did(2, 2).complaints({}, expected)).toEqual([])
  })

  it('sees one number for two messages', () => {
    const member = new Member().published(1, { name: 'a' }).published(1, { name: 'b' })
    expect(member.complaints({}, expected)).toContain('K1: a and b are both 1')
  })

  it('sees a new message that is given out after a later one', () => {
    const member = new Member().published(1).published(2).did(2, 1).did(1, 2)
    expect(member.complaints({}, { groups: ['mail'] })).toEqual(['K1: group mail was given 1 after 2'])
  })

  it('does not ask for order of what came back', () => {
    const member = new Member().published(1).published(2).did(2, 1).did(1, 2, { crashes: 1 })
    expect(member.complaints({}, { groups: ['mail'] })).toEqual([])
  })

  it('asks the only member of a group, which does one at a time, to begin in that order', () => {
    const member = new Member().published(1).published(2).took(1, 1).took(2, 2)
    member.began(2, 2).began(1, 1)
    expect(member.complaints({}, { groups: ['mail'] })).toEqual([])
    expect(member.complaints({}, expected)).toEqual(['K1: group mail began 1 after 2'])
  })
})

describe('K1, order by key', () => {
  const keyed = { groups: ['mail'], keyedGroups: ['mail'] }
  const named = (member: Member, n: number, key: number): Member => member.published(n, { name: `p:${8 * n + key}` })
  const three = (): Member => named(named(named(new Member(), 1, 1), 2, 2), 3, 1)
  const name = (n: number, key: number) => ({ name: `p:${8 * n + key}` })

  it('lets keys overtake each other, and is content where each is in order', () => {
    expect(three().did(2, 1, name(2, 2)).did(1, 2, name(1, 1)).did(3, 3, name(3, 1)).complaints({}, keyed)).toEqual([])
  })

  it('sees a message that is given before an earlier one of its key is done, also when that comes again', () => {
    const first = three().did(3, 1, name(3, 1)).did(1, 2, name(1, 1)).did(2, 3, name(2, 2))
    expect(first.complaints({}, keyed)).toEqual(['K1: group mail was given 1 of key-1 after 3'])
    const again = three().given(1, 1, name(1, 1)).handled(1, 1, 'threw', name(1, 1))
    again
      .did(3, 2, name(3, 1))
      .did(1, 3, { ...name(1, 1), attempt: 2 })
      .did(2, 4, name(2, 2))
    expect(again.complaints({}, keyed)).toContain('K1: group mail was given 1 of key-1 after 3')
  })
})
