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
