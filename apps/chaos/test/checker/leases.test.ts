import { describe, expect, it } from 'vitest'
import { shaOf } from '../../src/checker/payload.ts'
import { payload, Written } from './written.ts'

/** worker-1 dies with task 1; worker-2 gets it after the lease. */
const redelivered = (): Written =>
  new Written()
    .enqueued(1)
    .started('worker-1', 1)
    .fault(['worker-1'])
    .healed()
    .at(3_000)
    .done('worker-2', 1, { r: 1, fence: 2 })

describe('a server whose clock steps', () => {
  it('may end a lease early by our clock, and elsewhere that is seen', () => {
    const written = new Written().enqueued(1).started('worker-1', 1).fault(['worker-1']).healed()
    written.done('worker-2', 1, { r: 1, fence: 2 })
    expect(written.complaints()).toEqual([expect.stringMatching(/^I6: 1 went from worker-1 to worker-2 /)])
    expect(written.complaints({}, { clockSteps: true })).toEqual([])
  })
})

describe('I4, one commit by the newest lease', () => {
  it('is content with a redelivery', () => {
    expect(redelivered().complaints()).toEqual([])
  })

  it('counts a stale settlement that was refused', () => {
    const written = redelivered().ended('worker-1', 1).settled('worker-1', '1', { ev: 'settle.stale' })
    expect(written.complaints()).toEqual([])
    expect(written.verdict().figures).toMatchObject({ staleAttempts: 1, staleRefused: 1 })
  })

  it('sees a stale settlement that was accepted, and the second commit', () => {
    const written = redelivered().ended('worker-1', 1).settled('worker-1', '1')
    expect(written.complaints()).toEqual([
      'I4: 1 was committed 2 times',
      'I4: a stale settlement of 1 by worker-1 was accepted',
    ])
    expect(written.verdict().figures).toMatchObject({ staleAttempts: 1, staleRefused: 0 })
  })

  it('sees a stale settlement that was accepted while the newer lease was running', () => {
    const written = new Written().enqueued(1).started('worker-1', 1).fault(['worker-1']).healed().at(3_000)
    written.started('worker-2', 1, { r: 1, fence: 2 }).ended('worker-1', 1).settled('worker-1', '1')
    written.ended('worker-2', 1).settled('worker-2', '1', { r: 1, ev: 'settle.stale' })
    expect(written.complaints()).toEqual(['I4: a stale settlement of 1 by worker-1 was accepted'])
  })

  it('sees a fence that does not increase, and a lease given twice', () => {
    const lower = new Written().enqueued(1).started('worker-1', 1, { fence: 5 }).fault(['worker-1']).healed()
    expect(lower.at(3_000).done('worker-2', 1, { r: 1, fence: 4 }).complaints()).toContain(
      'I4: 1: fence 4 came after 5',
    )
    const again = new Written().enqueued(1).started('worker-1', 1).fault(['worker-1']).healed()
    expect(again.at(3_000).done('worker-2', 1, { fence: 2 }).complaints()).toEqual(['I4: 1: lease 1#0 given twice'])
  })

  it('sees a completion of what was not done', () => {
    const written = new Written().enqueued(1).started('worker-1', 1).settled('worker-1', '1')
    expect(written.complaints({ ended: [{ n: '1', state: 'completed' }] })).toContain(
      'I4: worker-1 completed 1 without having done it',
    )
  })

  it('does not count a commit that was forgotten with the power', () => {
    const written = new Written().enqueued(1).at(5_000).done('worker-1', 1).fault('*', 2_000).healed()
    expect(written.at(9_000).done('worker-2', 1, { fence: 2 }).complaints()).toEqual([])
  })
})

describe('I5, bounded duplicates', () => {
  it('takes what was in flight at a fault for the bound', () => {
    const written = redelivered().enqueued(2).done('worker-2', 2)
    expect(written.verdict().figures).toMatchObject({ duplicates: 1, bound: 1, beyondBound: 0 })
  })

  it('sees a duplicate without a fault', () => {
    const written = new Written().enqueued(1).done('worker-1', 1).at(3_000)
    written.started('worker-2', 1, { r: 1, fence: 2 }).ended('worker-2', 1)
    expect(written.complaints()).toEqual(['I5: task 1 (1) ran again on worker-2, and no fault had struck worker-1'])
    expect(written.verdict().figures).toMatchObject({ duplicates: 1, bound: 0, beyondBound: 1 })
  })

  it('sees a duplicate of what had been settled when the fault struck, or of another worker', () => {
    const settled = new Written().enqueued(1).done('worker-1', 1).fault('*').healed().at(3_000)
    expect(settled.started('worker-2', 1, { r: 1, fence: 2 }).ended('worker-2', 1).verdict().figures.beyondBound).toBe(
      1,
    )
    const other = new Written().enqueued(1).started('worker-1', 1).fault(['worker-3']).healed().at(3_000)
    expect(other.done('worker-2', 1, { r: 1, fence: 2 }).verdict().figures.beyondBound).toBe(1)
  })

  it('sees the second further start that one fault cannot explain', () => {
    const written = redelivered().at(6_000).started('worker-3', 1, { r: 2, fence: 3 }).ended('worker-3', 1)
    expect(written.complaints()).toEqual(['I5: task 1 (1) ran again on worker-3, and no fault had struck worker-2'])
  })

  it('knows a start that comes after the next one', () => {
    const written = new Written().enqueued(1).claimed('worker-1', { n: '1' }).fault(['worker-1']).at(3_000)
    written.done('worker-2', 1, { r: 1, fence: 2 }).healed()
    written.say('worker-1', { ev: 'start', task: 1, n: '1', fence: 1, attempt: 1, sha: shaOf(payload(1)) })
    expect(written.complaints()).toEqual([])
    expect(written.verdict().figures).toMatchObject({ duplicates: 1, beyondBound: 0 })
  })

  it('does not count a retry that the handler asked for', () => {
    const written = new Written().enqueued(1).started('worker-1', 1).ended('worker-1', 1, 'threw')
    written.settled('worker-1', '1', { kind: 'retry' }).done('worker-2', 1, { r: 1, fence: 2 })
    expect(written.complaints()).toEqual([])
    expect(written.verdict().figures.duplicates).toBe(0)
  })

  it('counts a standstill of a process as a fault, and says so', () => {
    const written = new Written().enqueued(1).started('worker-1', 1)
    written.at(3_000).say('worker-1', { ev: 'stall', from: 1_100, until: 2_900 })
    expect(written.done('worker-2', 1, { r: 1, fence: 2 }).complaints()).toEqual([])
    expect(written.verdict().figures).toMatchObject({ stalls: 1, duplicates: 1, beyondBound: 0 })
    const other = new Written().enqueued(1).done('worker-1', 1)
    other.at(3_000).say('worker-2', { ev: 'stall', from: 1_000, until: 2_900 })
    expect(other.started('worker-2', 1, { r: 1, fence: 2 }).ended('worker-2', 1).verdict().figures.beyondBound).toBe(1)
  })

  it('judges a system that shows no leases by its starts', () => {
    const start = { ev: 'start', task: 1, n: 'job', fence: 0, attempt: 1, sha: '' } as const
    const settle = { ev: 'settle.ok', n: 'job', lease: '', kind: 'complete' } as const
    const end = { ev: 'end', task: 1, n: 'job', how: 'returned' } as const
    const written = new Written()
      .enqueued(1, 'job')
      .say('worker-1', start, end, settle)
      .at(3_000)
      .say('worker-2', start, end)
    expect(written.verdict().figures.beyondBound).toBe(1)
  })
})

describe('I6, overlap', () => {
  it('sees a lease that was given away before its end', () => {
    const written = new Written().at(1_000).enqueued(1).started('worker-1', 1).fault(['worker-1']).healed()
    expect(written.at(1_900).done('worker-2', 1, { r: 1, fence: 2 }).complaints()).toEqual([
      'I6: 1 went from worker-1 to worker-2 99.0 ms before its lease ran out',
    ])
  })

  it('counts from the last extension that was confirmed', () => {
    const written = new Written().at(1_000).enqueued(1).started('worker-1', 1)
    written
      .at(1_600)
      .say('worker-1', { ev: 'extend.ok', n: '1', lease: '1#0', from: 1_590 })
      .fault(['worker-1'])
      .healed()
    expect(written.at(2_200).done('worker-2', 1, { r: 1, fence: 2 }).complaints()[0]).toMatch(/^I6: .* 388\.0 ms/)
  })

  it('knows a claim whose reply came after the next one', () => {
    const late = { ev: 'claim', n: '1', lease: '1#0', fence: 1, from: 1_010 } as const
    const written = new Written().enqueued(1).fault('*').at(3_000).started('worker-2', 1, { r: 1, fence: 2 })
    written.healed().say('worker-1', late).ended('worker-2', 1).settled('worker-2', '1', { r: 1 })
    expect(written.complaints()).toEqual([])
  })

  it('lets a task go that was given back', () => {
    const written = new Written().enqueued(1).claimed('worker-1', { n: '1' })
    written.settled('worker-1', '1', { kind: 'release', ev: 'settle.unknown' }).done('worker-2', 1, { r: 1, fence: 2 })
    expect(written.complaints()).toEqual([])
  })
})
