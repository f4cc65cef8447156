import { describe, expect, it } from 'vitest'
import { Member } from './member.ts'

const expected = { groups: ['mail'] }
const other = { proc: 'member-2' }

// No subscriber is there: what is asked of ephemeral channels does not apply.
describe('K1, consumer groups', () => {
  it('is content when each message was given once', () => {
    expect(new Member().published(1).did(1, 1).complaints({}, expected)).toEqual([])
  })

  it('sees a message that a group was never given', () => {
    const member = new Member().published(1).given(1, 1)
    expect(member.complaints({}, { groups: ['mail', 'audit'] })).toEqual(['K1: group audit was never given m1'])
    expect(member.verdict({}, { groups: ['mail', 'audit'] }).figures.lost).toBe(1)
  })

  it('sees one that was not published, and one under another number', () => {
    expect(new Member().published(1).given(1, 1).given(7, 2).complaints({}, expected)).toEqual([
      'K1: group mail was given m7, which was not published',
    ])
    expect(new Member().published(1).given(2, 1, { name: 'm1' }).complaints({}, expected)).toEqual([
      'K1: group mail was given m1 as 2, published as 1',
    ])
  })

  it("sees a member that reports a loss, which is only the server's to cause", () => {
    const lost = { ev: 'error', code: 'messages-lost', message: 'group mail was gone' } as const
    const report = (member: Member): string[] => member.did(1, 1).say('member-1', lost).complaints({}, expected)
    expect(report(new Member().published(1))).toEqual(['K1: member-1 reported: group mail was gone'])
    expect(report(new Member().published(1).fault('*', 2_000).healed())).toEqual([])
  })

  it('lets a message come again that a member had in its hands when it was killed', () => {
    const member = new Member().published(1).given(1, 1).fault(['member-1']).healed().given(1, 2, other)
    expect(member.complaints({}, expected)).toEqual([])
    expect(member.verdict({}, expected).figures).toMatchObject({ duplicates: 1, bound: 1, beyondBound: 0 })
  })

  it('sees one that comes again without a fault, or though it was settled before', () => {
    const again = 'K1: group mail was given m1 again by member-2, and no fault had struck member-1'
    expect(new Member().published(1).given(1, 1).given(1, 2, other).complaints({}, expected)).toEqual([again])
    const done = new Member().published(1).did(1, 1).fault(['member-1']).healed()
    expect(done.given(1, 2, other).complaints({}, expected)).toEqual([again])
  })

  it('counts the retry that a handler asked for as no duplicate, and one that it did not ask for as one', () => {
    const failed = new Member()
      .published(1)
      .failed(1, 1)
      .did(1, 2, { attempt: 2, ...other })
    expect(failed.complaints({}, expected)).toEqual([])
    expect(failed.verdict({}, expected).figures.duplicates).toBe(0)
    const done = new Member().published(1).given(1, 1).handled(1, 1, 'threw').given(1, 2, other)
    expect(done.verdict({}, expected).figures).toMatchObject({ duplicates: 1, beyondBound: 1 })
  })
})

describe('I4, consumer groups', () => {
  it('sees two commits, and one by a lease that is no longer the newest', () => {
    const member = new Member().published(1).given(1, 1).fault(['member-1']).given(1, 2, other).healed()
    member.handled(1, 1, 'returned').handled(1, 2, 'returned', other).confirmed(2, other).confirmed(1, { from: 2_000 })
    expect(member.complaints({}, expected)).toEqual([
      'I4: group mail: 1 was committed 2 times',
      'I4: group mail: a stale settlement of 1 by member-1 was accepted',
    ])
    expect(member.verdict({}, expected).figures).toMatchObject({ staleAttempts: 1, staleRefused: 0 })
  })

  it('lets a commit and its fence be given again only where the server may have forgotten them', () => {
    const twice = (forgetsMs: number): string[] => {
      const member = new Member().published(1).did(1, 1).fault('*', forgetsMs).healed().did(1, 1, other)
      return member.complaints({}, expected).filter((complaint) => complaint.startsWith('I4'))
    }
    expect(twice(2_000)).toEqual([])
    expect(twice(0)).toEqual([
      'I4: group mail: 1 was committed 2 times',
      'I4: group mail: 1 and 1 were given with fence 1',
    ])
  })

  it('counts what was refused', () => {
    const member = new Member().published(1).did(1, 1)
    member.say('member-2', { ev: 'group.settled', group: 'mail', from: 1_000, settled: [], stale: ['9.1'] })
    expect(member.verdict({}, expected).figures).toMatchObject({ staleAttempts: 1, staleRefused: 1 })
  })

  it('sees what no handler did', () => {
    expect(new Member().published(1).given(1, 1).confirmed(1).complaints({}, expected)).toEqual([
      'I4: group mail: member-1 completed 1 without having done it',
    ])
    expect(new Member().published(1).given(1, 1).confirmed(1, { kind: 'retry' }).complaints({}, expected)).toEqual([
      'I4: group mail: member-1 retried 1, and its handler had not failed',
    ])
  })

  it('sees a fence or a lease that is given twice', () => {
    const twice = new Member().published(1).published(2).given(1, 1).given(2, 1, other)
    expect(twice.complaints({}, expected)).toContain('I4: group mail: 1 and 2 were given with fence 1')
    const lease = new Member().published(1).given(1, 1)
    const given = [{ n: '2', lease: '1.1', fence: 2, failures: 0, crashes: 0 }]
    lease.say('member-2', { ev: 'group.claim', group: 'mail', from: 1_000, given })
    expect(lease.complaints({}, expected)).toEqual(['I4: group mail: lease 1.1 was given twice'])
  })
})
