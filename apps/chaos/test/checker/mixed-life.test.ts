import { describe, expect, it } from 'vitest'
import { ASKED_FOR } from '../../src/checker/limits.ts'
import { payload, Written } from './written.ts'

describe('a cancelled task', () => {
  const ended = [{ n: '1', state: 'cancelled' as const }]
  const other = (): Written => new Written().enqueued(2).done('worker-2', 2)

  it('is accounted for, though it never ran', () => {
    expect(other().enqueued(1).cancelled(1).complaints({ ended })).toEqual([])
  })

  it('may be running, and its settlement is refused', () => {
    const written = other().enqueued(1).started('worker-1', 1).cancelled(1).ended('worker-1', 1)
    expect(written.settled('worker-1', '1', { ev: 'settle.stale' }).complaints({ ended })).toEqual([])
  })

  it('never completes after', () => {
    const written = other().enqueued(1).started('worker-1', 1).cancelled(1).ended('worker-1', 1)
    expect(written.settled('worker-1', '1').complaints()).toEqual([
      'I4: 1 was cancelled, and its complete was accepted',
    ])
  })

  it('may have been buried and redriven before, though the burial was confirmed only after that', () => {
    const of = { n: '1', lease: '1#0', kind: 'bury' as const }
    const first = other().enqueued(1).started('worker-1', 1).ended('worker-1', 1, 'buried')
    const asked = first.say('worker-1', { ev: 'settle.invoke', ...of })
    const asking = asked.say('operator-1', { ev: 'redrive.invoke', n: '1', diedAt: 1 })
    const answered = asking.say('worker-1', { ev: 'settle.ok', ...of })
    const alive = answered.say('operator-1', { ev: 'redrive.ok', n: '1', diedAt: 1 })
    expect(alive.cancelled(1).complaints({ ended })).toEqual([])
    const never = other().enqueued(1).buried('worker-1', 1).cancelled(1)
    expect(never.complaints({ ended })).toEqual(['I4: 1 was cancelled, and its bury was accepted'])
  })

  it('is not given to a worker after', () => {
    const written = other().enqueued(1).cancelled(1).at(2_000).started('worker-1', 1)
    expect(written.ended('worker-1', 1).complaints()).toEqual(['I4: 1 was given to worker-1 after it was cancelled'])
  })

  it('is over when it is too late, and not before', () => {
    expect(other().enqueued(1).done('worker-1', 1).cancelled(1, 'too-late').complaints()).toEqual([])
    const early = other().enqueued(1).cancelled(1, 'too-late').at(2_000).done('worker-1', 1)
    expect(early.complaints()).toEqual(['I4: 1 could be given to worker-1, though it was too late to cancel it'])
  })

  it('is cancelled only by a call', () => {
    expect(other().enqueued(1).complaints({ ended })).toEqual([
      'I4: 1 is cancelled, though no cancellation was asked for',
    ])
  })

  it('may be missing where the reply was lost, but then it is kept as cancelled', () => {
    expect(other().enqueued(1).cancelled(1, 'unknown').complaints({ ended })).toEqual([])
    expect(other().enqueued(1).cancelled(1, 'unknown').complaints()).toEqual([
      'I1: task 1 was acknowledged, and is lost',
    ])
  })
})

it('is not charged with what its handler threw when its worker died before it settled', () => {
  const written = new Written().enqueued(1).started('worker-1', 1).ended('worker-1', 1, 'threw')
  written.fault(['worker-1']).started('worker-2', 1, { r: 1, fence: 2 }).ended('worker-2', 1, 'threw')
  const buried = written.settled('worker-2', '1', { r: 1, kind: 'bury' })
  const dead = [{ n: '1', reason: 'attempts-exhausted', payload: payload(1) }]
  expect(buried.complaints({ dead }, { attempts: 1 }).filter((each) => each.includes('failed'))).toEqual([])
})

it('is not charged with what the server forgot when it lost its power', () => {
  const failed = (forgetsMs: number): string[] => {
    const first = new Written().enqueued(1).started('worker-1', 1).ended('worker-1', 1, 'threw')
    const again = first.settled('worker-1', '1', { kind: 'retry' }).fault('*', forgetsMs)
    again.started('worker-2', 1, { r: 0, fence: 2 }).ended('worker-2', 1, 'threw')
    const dead = [{ n: '1', reason: 'attempts-exhausted', payload: payload(1) }]
    const buried = again.settled('worker-2', '1', { r: 0, kind: 'bury' })
    return buried.complaints({ dead }, { attempts: 1 }).filter((each) => each.includes('failed'))
  }
  expect(failed(2_000)).toEqual([])
  expect(failed(0)).toEqual(['I7: task 1 failed 2 times of 1'])
})

describe('a redriven task', () => {
  it('has a life more, and is no duplicate', () => {
    const written = new Written().enqueued(1).buried('worker-1', 1).redriven(1).done('worker-2', 1, { r: 1, fence: 2 })
    expect(written.complaints()).toEqual([])
    expect(written.verdict().figures.duplicates).toBe(0)
  })

  it('does not run again unless it was redriven', () => {
    const written = new Written().enqueued(1).buried('worker-1', 1).done('worker-2', 1, { r: 1, fence: 2 })
    expect(written.complaints()).toEqual([
      'I4: 1 was committed 2 times',
      'I5: task 1 (1) ran again on worker-2, and no fault had struck worker-1',
    ])
  })

  it('has one life for one death, however often it was asked for', () => {
    const written = new Written().enqueued(1).buried('worker-1', 1).redriven(1).redriven(1)
    written.done('worker-2', 1, { r: 1, fence: 2 }).at(5_000).started('worker-2', 1, { r: 2, fence: 3 })
    written.ended('worker-2', 1).settled('worker-2', '1', { r: 2 })
    expect(written.complaints()).toContain('I4: 1 was committed 3 times')
  })

  it('is lost when it is neither dead nor there', () => {
    const written = new Written().enqueued(1).buried('worker-1', 1).redriven(1)
    expect(written.complaints()).toEqual(['I1: task 1 was acknowledged, and is lost'])
  })

  it('begins with the first attempt', () => {
    const failed = (): Written => {
      const written = new Written().enqueued(1).started('worker-1', 1).ended('worker-1', 1, 'threw')
      written.settled('worker-1', '1', { kind: 'retry' }).started('worker-1', 1, { r: 1, fence: 2, attempt: 2 })
      return written.ended('worker-1', 1, 'threw').settled('worker-1', '1', { r: 1, kind: 'bury' }).redriven(1)
    }
    const expected = { attempts: 2 }
    expect(failed().done('worker-1', 1, { r: 2, fence: 3 }).complaints({}, expected)).toEqual([])
    const kept = failed().started('worker-1', 1, { r: 2, fence: 3, attempt: 3 }).ended('worker-1', 1)
    expect(kept.settled('worker-1', '1', { r: 2 }).complaints({}, expected)).toEqual([
      'I7: task 1 began attempt 3 after 0 failures',
    ])
  })
})

describe('a retry that counts for nothing', () => {
  it('uses up no attempt', () => {
    const again = (attempt: number): Written => {
      const written = new Written().enqueued(1).started('worker-1', 1).ended('worker-1', 1, 'again')
      written.settled('worker-1', '1', { kind: 'retry' }).started('worker-1', 1, { r: 1, fence: 2, attempt })
      return written.ended('worker-1', 1).settled('worker-1', '1', { r: 1 })
    }
    expect(again(1).complaints()).toEqual([])
    expect(again(2).complaints()).toEqual(['I7: task 1 began attempt 2 after 0 failures'])
  })
})

describe('a burial', () => {
  it('is one that its handler asked for, or that its failures deserve', () => {
    const dead = (reason: string) => ({ dead: [{ n: '1', reason, payload: payload(1) }] })
    const asked = new Written().enqueued(1).buried('worker-1', 1)
    expect(asked.complaints(dead(ASKED_FOR))).toEqual([])
    expect(asked.complaints(dead('attempts-exhausted'))).toEqual(['I7: task 1 was buried as attempts-exhausted'])
    const failed = new Written().enqueued(1).started('worker-1', 1).ended('worker-1', 1, 'threw')
    failed.settled('worker-1', '1', { kind: 'bury' })
    expect(failed.complaints(dead('attempts-exhausted'), { attempts: 1 })).toEqual([])
    expect(failed.complaints(dead(ASKED_FOR), { attempts: 1 })).toEqual([`I7: task 1 was buried as ${ASKED_FOR}`])
  })
})

describe('a paused queue', () => {
  it('gives nothing until the call of resume', () => {
    const paused = (): Written =>
      new Written().enqueued(1).say('operator-1', { ev: 'pause.invoke' }, { ev: 'pause.ok' }).at(2_000)
    expect(paused().say('operator-1', { ev: 'resume.invoke' }).at(2_100).done('worker-1', 1).complaints()).toEqual([])
    const early = paused().done('worker-1', 1).say('operator-1', { ev: 'resume.invoke' }, { ev: 'resume.ok' })
    expect(early.complaints()).toEqual(['I8: 1 was given to worker-1 while the queue was paused'])
  })
})
