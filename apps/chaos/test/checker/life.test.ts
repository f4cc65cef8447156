import { describe, expect, it } from 'vitest'
import { payload, Written } from './written.ts'

describe('I10, liveness', () => {
  it('sees that work did not go on in time', () => {
    const written = new Written().enqueued(1).enqueued(2).done('worker-1', 1).fault('*').healed()
    expect(written.at(20_000).done('worker-1', 2).complaints()[0]).toMatch(
      /^I10: after blow it took 189\d\d ms to go on/,
    )
    expect(written.verdict().figures.recoveryMs[0]).toBeGreaterThan(18_000)
  })

  it('sees that what was in flight ran again late, unless others of a higher priority may come before it', () => {
    const written = new Written().enqueued(1).enqueued(2).started('worker-1', 1).fault(['worker-1']).healed()
    written.done('worker-2', 2).at(20_000).started('worker-2', 1, { r: 1, fence: 2 }).ended('worker-2', 1)
    const late = (complaint: string): boolean => complaint.startsWith('I10: after blow it took')
    expect(written.complaints().filter(late)).toHaveLength(1)
    expect(written.complaints({}, { prioritized: true }).filter(late)).toEqual([])
  })

  it('sees a task that is left over, and a run in which nothing was done', () => {
    const state = { tasks: [{ n: '1', place: 'running' as const, payload: payload(1) }] }
    expect(new Written().enqueued(1).complaints(state)).toEqual([
      'I10: no task or message was done',
      'I10: 1 is left running',
    ])
  })

  it('sees a close that took too long', () => {
    const written = new Written().enqueued(1).done('worker-1', 1)
    written.say('worker-1', { ev: 'closed', tookMs: 5_000, deadlineMs: 2_000, abandoned: 1 })
    expect(written.complaints()).toEqual(['I10: worker-1 took 5000 ms to close, its deadline was 2000 ms'])
  })

  it('sees an error where there must be none', () => {
    const written = new Written().enqueued(1).done('worker-1', 1)
    written.say('worker-1', { ev: 'error', code: 'storage-refused', message: 'NOSCRIPT' })
    expect(written.complaints()).toEqual([])
    expect(written.complaints({}, { silent: true })).toEqual(['I10: worker-1 reported storage-refused: NOSCRIPT'])
  })

  it('sees a call that failed where none may', () => {
    const written = new Written().enqueued(1).done('worker-1', 1).invoked(2)
    written.say('producer-1', { ev: 'enqueue.unknown', task: 2, why: 'MQSTALE' })
    written.say(
      'publisher-1',
      { ev: 'publish.invoke', message: 'a' },
      { ev: 'publish.unknown', message: 'a', why: 'no' },
    )
    expect(written.complaints()).toEqual([])
    expect(written.complaints({}, { silent: true })).toEqual([
      'I10: a call of producer-1 failed: MQSTALE',
      'I10: a call of publisher-1 failed: no',
    ])
  })

  it('measures how long nothing was done', () => {
    const written = new Written().enqueued(1).enqueued(2).at(1_100).done('worker-1', 1).fault('*').at(2_000).healed()
    const { unavailableMs, recoveryMs } = written.at(2_500).done('worker-1', 2).verdict().figures
    expect(unavailableMs).toEqual([1_400])
    expect(recoveryMs).toEqual([502])
  })
})

describe('I12, resources', () => {
  it('sees memory and handles that were not given back', () => {
    const written = new Written().enqueued(1).done('worker-1', 1)
    written.say('worker-1', { ev: 'usage', when: 'begin', rssBytes: 50 * 2 ** 20, handles: 4 })
    written.say('worker-1', { ev: 'usage', when: 'end', rssBytes: 450 * 2 ** 20, handles: 40 })
    expect(written.complaints()).toEqual([
      'I12: worker-1 grew by 400 MiB',
      'I12: worker-1 has 36 more handles than at its begin',
    ])
  })

  const used = (...mebibytes: readonly number[]): Written => {
    const written = new Written().enqueued(1).done('worker-1', 1)
    for (const each of mebibytes) written.say('faults', { ev: 'memory', usedBytes: each * 2 ** 20 })
    return written
  }

  it('is content with a Redis that fills up to its bounds and stays there', () => {
    expect(used(1, 20, 30, 31, 29, 30, 31, 32).complaints({}, { redisGrowthBytes: 4 * 2 ** 20 })).toEqual([])
  })

  it('sees a Redis that grows on and on', () => {
    const written = used(1, 20, 30, 31, 35, 38, 41, 44)
    expect(written.complaints()).toEqual([])
    expect(written.complaints({}, { redisGrowthBytes: 4 * 2 ** 20 })).toEqual(['I12: Redis grew by 13 MiB'])
  })
})
