import { describe, expect, it } from 'vitest'
import type { GroupState } from '../../src/end-state/end-state.ts'
import { Member } from './member.ts'

const expected = { groups: ['mail'], groupAttempts: 2 }
const state = (more: Partial<GroupState> = {}): { groups: GroupState[] } => {
  return { groups: [{ group: 'mail', unread: 0, left: [], dead: [], ...more }] }
}
const dead = (reason = 'attempts-exhausted', failures = 2): { groups: GroupState[] } => {
  return state({ dead: [{ n: '1', reason, failures, body: '"m1"' }] })
}

/** A message that fails so often. */
const published = (fails: number): Member => new Member().published(1, { fails })
const always = (): Member => published(9).failed(1, 1).failed(1, 2, { attempt: 2, kind: 'bury' })

describe('K1, what groups are done with', () => {
  it('is content with a message that is done, or buried after its failures', () => {
    expect(published(1).failed(1, 1).did(1, 2, { attempt: 2 }).complaints(state(), expected)).toEqual([])
    expect(always().complaints(dead(), expected)).toEqual([])
  })

  it('sees one that was given, and is neither done nor buried', () => {
    const member = published(1).failed(1, 1)
    expect(member.complaints(state(), expected)).toEqual(['K1: group mail neither did nor buried m1'])
    expect(member.verdict(state(), expected).figures.lost).toBe(1)
  })

  it('sees what is left, and a group that no longer exists', () => {
    const member = published(0).did(1, 1)
    expect(member.complaints(state({ unread: 2, left: [{ n: '1', place: 'returned' }] }), expected)).toEqual([
      'I10: group mail has not read 2',
      'I10: 1 of group mail is left returned',
    ])
    expect(member.complaints({ groups: [] }, expected)).toEqual(['K1: group mail no longer exists'])
  })
})

describe('I7, failures in groups', () => {
  it('sees a failure that is charged twice, and one that is not charged', () => {
    expect(published(1).failed(1, 1).did(1, 2, { attempt: 3 }).complaints(state(), expected)).toEqual([
      'I7: group mail: 1 began attempt 3 after 1 failures',
    ])
    expect(published(1).failed(1, 1).did(1, 2, { attempt: 1 }).complaints(state(), expected)).toEqual([
      'I7: group mail: 1 began attempt 1, though 1 were charged',
    ])
  })

  it('lets a failure be forgotten whose settlement was not confirmed', () => {
    const member = published(1).given(1, 1).handled(1, 1, 'threw').fault(['member-1']).healed()
    member.did(1, 2, { proc: 'member-2', attempt: 1, crashes: 1 })
    expect(member.complaints(state(), expected)).toEqual([])
  })

  it('sees more failures than are allowed', () => {
    const member = published(9).failed(1, 1).failed(1, 2, { attempt: 2 }).failed(1, 3, { attempt: 3, kind: 'bury' })
    expect(member.complaints(dead(undefined, 3), expected)).toEqual(['I7: group mail: 1 failed 3 times of 2'])
  })

  it('sees a burial that nothing deserves, and one that is missing', () => {
    const early = published(9).failed(1, 1, { kind: 'bury' })
    expect(early.complaints(dead('attempts-exhausted', 1), expected)).toEqual([
      'I7: group mail: 1 was buried as attempts-exhausted after 1 failures',
    ])
    expect(always().complaints(dead('crash-limit'), expected)).toEqual([
      'I7: group mail: 1 was buried as crash-limit after 2 failures',
    ])
    expect(always().complaints(dead(undefined, 3), expected)).toEqual([
      'I7: group mail: 1 was buried with 3 failures, it had 2',
    ])
    expect(always().complaints(state(), expected)).toContain('I7: group mail: 1 failed always, and is not buried')
  })
})
