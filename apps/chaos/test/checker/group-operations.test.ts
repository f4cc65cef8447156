import { describe, expect, it } from 'vitest'
import { Member } from './member.ts'

const expected = { groups: ['mail'], groupAttempts: 2 }
const other = { proc: 'member-2' }

const mail = { group: 'mail', unread: 0, left: [] }
const dead = (n: number, failures: number) => ({
  groups: [{ ...mail, dead: [{ n: `${n}`, reason: 'attempts-exhausted', failures, body: `"m${n}"` }] }],
})
const none = { groups: [{ ...mail, dead: [] }] }

describe('a group that was sent back', () => {
  const sent = (to: number): Member => new Member().published(1).published(2).did(1, 1).did(2, 2).at(2_000).sought(to)

  it('is given again what follows the place, which is no duplicate and no second commit', () => {
    const again = sent(1)
      .at(2_500)
      .did(2, 3, { from: 2_400, ...other })
    expect(again.complaints(none, expected)).toEqual([])
    expect(again.verdict(none, expected).figures.duplicates).toBe(0)
  })

  it('is given nothing of what is before the place', () => {
    const again = sent(1)
      .at(2_500)
      .did(2, 3)
      .did(1, 4, { ...other, from: 2_400 })
    expect(again.complaints(none, expected)).toEqual([
      'K1: group mail was given m1 again by member-2, and no fault had struck member-1',
      'I4: group mail: 1 was committed 2 times',
    ])
  })

  it('must do it again', () => {
    expect(sent(1).complaints(none, expected)).toEqual(['K1: group mail neither did nor buried m2'])
    expect(sent(1).given(2, 3, other).complaints(none, expected)).toContain('K1: group mail neither did nor buried m2')
    expect(sent(0).did(2, 3, other).complaints(none, expected)).toContain('K1: group mail neither did nor buried m1')
  })

  it('is given it once for each time that it was sent', () => {
    const twice = sent(1).at(2_500).did(2, 3, { asked: 2_400 }).at(3_000)
    expect(twice.given(2, 4, other).complaints(none, expected)).toContain(
      'K1: group mail was given m2 again by member-2, and no fault had struck member-1',
    )
  })

  it('counts attempts anew', () => {
    const failed = new Member().published(1).failed(1, 1).at(2_000).sought(0).at(2_500)
    expect(failed.did(1, 2, { attempt: 1, failures: 0 }).complaints(none, expected)).toEqual([])
    const charged = new Member().published(1).failed(1, 1).at(2_500).did(1, 2, { attempt: 1, failures: 0 })
    expect(charged.complaints(none, expected)).toEqual(['I7: group mail: 1 began attempt 1, though 1 were charged'])
  })

  it('may be given all that is kept where the numbering has another epoch meanwhile', () => {
    const anew = sent(1)
      .at(2_500)
      .did(2, 3)
      .did(1, 4, { ...other, from: 2_400 })
    anew.say('publisher-1', { ev: 'publish.invoke', message: 'm3' })
    anew.say('publisher-1', { ev: 'publish.ok', message: 'm3', epoch: 'f', n: 3 }).did(3, 5)
    expect(anew.complaints(none, expected)).toEqual([])
  })
})

describe('a group that was sent ahead', () => {
  it('has passed over what is before the place, and over nothing else', () => {
    const ahead = (to: number): Member => new Member().published(1).published(2).sought(to).at(3_000).did(2, 1)
    expect(ahead(1).complaints(none, expected)).toEqual([])
    expect(ahead(0).complaints(none, expected)).toEqual(['K1: group mail was never given m1'])
  })

  it('is given what it passed over when it is sent back', () => {
    const there = (): Member => new Member().published(1).published(2).sought(1).at(3_000).did(2, 1).at(6_000).sought(0)
    expect(there().did(1, 2).did(2, 3, other).complaints(none, expected)).toEqual([])
    expect(there().did(2, 3, other).complaints(none, expected)).toEqual(['K1: group mail was never given m1'])
  })
})

describe('between two seeks', () => {
  const three = (): Member =>
    new Member().published(1).published(2).published(3).did(1, 1).did(2, 2).did(3, 3).at(2_000)
  const asked = 2_400

  it('a group is given what follows its position without a hole', () => {
    const some = (): Member => three().sought(0).at(2_500).did(1, 4, { asked })
    expect(some().at(3_000).sought(3).complaints(none, expected)).toEqual([])
    expect(some().did(3, 5, { asked }).at(3_000).sought(3).complaints(none, expected)).toEqual([
      'K1: group mail was given 3 without 2 after a seek behind 0',
    ])
    const killed = some().did(3, 5, { asked }).fault(['member-2']).healed().at(3_000).sought(3)
    expect(killed.complaints(none, expected)).toEqual([])
  })

  it('a group is given no message before its position, but redriven ones', () => {
    const ahead = (): Member => new Member().published(1).at(2_000).sought(1).at(2_500)
    expect(ahead().did(1, 1, { asked }).complaints(none, expected)).toEqual([
      'K1: group mail was given 1 after a seek behind 1',
    ])
    expect(ahead().redrivenIn(1).did(1, 1, { asked }).complaints(none, expected)).toEqual([])
  })
})

describe('a letter of a group that is redriven', () => {
  const buried = (): Member =>
    new Member().published(1).failed(1, 1).failed(1, 2, { attempt: 2, kind: 'bury' }).at(2_000)

  it('has a life more', () => {
    const done = buried()
      .redrivenIn(1)
      .did(1, 3, { ...other, from: 2_001 })
    expect(done.complaints(none, expected)).toEqual([])
    const unasked = buried().did(1, 3, { ...other, from: 2_001 })
    expect(unasked.complaints(none, expected)).toContain('I4: group mail: 1 was committed 2 times')
  })

  it('runs, or is dead again', () => {
    expect(buried().redrivenIn(1).complaints(none, expected)).toEqual(['K1: group mail neither did nor buried m1'])
    expect(buried().redrivenIn(1).complaints(dead(1, 2), expected)).toEqual([])
  })
})

describe('a step that is to be done once', () => {
  const killed = (isNoted: boolean): Member => {
    const first = new Member().published(1).given(1, 1).stepped(1, { isNoted }).fault(['member-1']).healed()
    const given = [{ n: '1', lease: '2.1', fence: 2, failures: 0, crashes: 1 }]
    return first.say('member-2', { ev: 'group.claim', group: 'mail', from: 1_100, given }).began(1, 2, other)
  }
  const ended = (member: Member): string[] =>
    member.handled(1, 2, 'returned', other).confirmed(2, other).complaints(none, expected)

  it('is not done again by the next member that has the message, once its memo was stored', () => {
    expect(ended(killed(true).at(1_200))).toEqual([])
    expect(ended(killed(true).at(1_200).stepped(2, other))).toEqual([
      'K1: group mail did a step of 1 again on member-2, whose memo member-1 had stored',
    ])
  })

  it('may be done again where it is not known whether its memo was stored, or in a new life', () => {
    expect(ended(killed(false).at(1_200).stepped(2, other))).toEqual([])
    const anew = new Member().published(1).given(1, 1).stepped(1).handled(1, 1, 'returned').confirmed(1).sought(0)
    anew.at(2_500).given(1, 2, other).stepped(2, other)
    expect(ended(anew)).toEqual([])
  })
})

describe('a paused group', () => {
  const paused = (): Member =>
    new Member()
      .published(1)
      .say('operator-1', { ev: 'pause.invoke', group: 'mail' }, { ev: 'pause.ok', group: 'mail' })
  const resumed = (member: Member): Member => member.say('operator-1', { ev: 'resume.invoke', group: 'mail' })
  const took = (from: number) => ({
    ev: 'group.claim' as const,
    group: 'mail',
    from,
    given: [{ n: '1', lease: '1.1', fence: 1, failures: 0, crashes: 0 }],
  })

  it('gives nothing to its members', () => {
    expect(resumed(paused().at(1_500)).did(1, 1, { from: 1_500 }).complaints(none, expected)).toEqual([])
    const early = paused().at(1_500).say('member-1', took(1_400)).began(1, 1).handled(1, 1, 'returned').confirmed(1)
    expect(resumed(early).complaints(none, expected)).toEqual([
      'I8: 1 was given to member-1 while group mail was paused',
    ])
  })

  it('begins no handler a second later with what was claimed before', () => {
    const late = (at: number): Member => {
      const member = new Member().published(1).say('member-1', took(1_000))
      member.say('operator-1', { ev: 'pause.invoke', group: 'mail' }, { ev: 'pause.ok', group: 'mail' })
      return resumed(member.at(at).began(1, 1).handled(1, 1, 'returned').confirmed(1))
    }
    expect(late(1_900).complaints(none, expected)).toEqual([])
    expect(late(2_500).complaints(none, expected)).toEqual([
      'I8: member-1 began with 1 1496 ms after a pause was confirmed',
    ])
  })
})
