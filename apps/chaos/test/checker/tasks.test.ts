import { describe, expect, it } from 'vitest'
import { payload, Written } from './written.ts'

describe('I1, no loss', () => {
  it('is content when all that was acknowledged was done', () => {
    expect(new Written().enqueued(1).done('worker-1', 1).complaints()).toEqual([])
  })

  it('sees an acknowledged task that is lost', () => {
    const written = new Written().enqueued(1).enqueued(2).done('worker-1', 1)
    expect(written.complaints()).toEqual(['I1: task 2 was acknowledged, and is lost'])
    expect(written.verdict().figures.lost).toBe(1)
  })

  it('does not take a handler that was begun for work that was done', () => {
    const written = new Written()
      .enqueued(1)
      .done('worker-1', 1)
      .enqueued(2)
      .started('worker-1', 2)
      .fault(['worker-1'])
      .healed()
    expect(written.complaints()).toEqual(['I1: task 2 was acknowledged, and is lost'])
  })

  it('finds the buried and the ended in the end state', () => {
    const written = new Written().enqueued(1).enqueued(2).enqueued(3).done('worker-1', 3)
    const state = {
      ended: [{ n: '1', state: 'completed' as const }],
      dead: [{ n: '2', reason: 'poison', payload: payload(2) }],
    }
    expect(written.complaints(state, { buried: new Map([[2, 'poison']]) })).toEqual([])
  })

  it('allows the loss of what was not on disk yet, and of nothing before', () => {
    const written = new Written()
      .enqueued(1)
      .at(5_000)
      .enqueued(2)
      .enqueued(3)
      .fault('*', 2_000)
      .healed()
      .done('worker-1', 3)
    expect(written.complaints()).toEqual(['I1: task 1 was acknowledged, and is lost'])
    expect(written.verdict().figures).toMatchObject({ lost: 1, unsynced: 1 })
    // Where all replicas had it, no failover is an excuse.
    expect(written.verdict({}, { replicated: true }).figures).toMatchObject({ lost: 2, unsynced: 0 })
  })

  it('does not miss what was never acknowledged', () => {
    const written = new Written()
      .enqueued(1)
      .invoked(2)
      .say('producer-1', { ev: 'enqueue.unknown', task: 2, why: 'timeout' })
    expect(written.done('worker-1', 1).verdict().figures).toMatchObject({ operations: 2, acknowledged: 1, unknown: 1 })
    expect(written.complaints()).toEqual([])
  })
})

describe('I2, no invention', () => {
  it('sees a task that was not enqueued', () => {
    expect(new Written().started('worker-1', 7).ended('worker-1', 7).complaints()).toContain(
      'I2: task 7 ran, and was not enqueued',
    )
    const state = { tasks: [{ n: '9', place: 'waiting' as const, payload: payload(9) }] }
    expect(new Written().enqueued(1).done('worker-1', 1).complaints(state)).toContain(
      'I2: 9 is stored, and was not enqueued',
    )
  })

  it('sees a task that runs though its enqueue was refused', () => {
    const written = new Written().invoked(1).say('producer-1', { ev: 'enqueue.failed', task: 1, why: 'OOM' })
    expect(written.done('worker-1', 1).complaints()).toEqual(['I2: task 1 ran, though its enqueue failed'])
  })

  it('lets an unknown one run', () => {
    const written = new Written().invoked(1).say('producer-1', { ev: 'enqueue.unknown', task: 1, why: 'closed' })
    expect(written.done('worker-1', 1).complaints()).toEqual([])
  })

  it('sees another payload, run or stored', () => {
    const start = { ev: 'start', task: 1, n: '1', fence: 1, attempt: 1, sha: 'other' } as const
    expect(new Written().enqueued(1).say('worker-1', start).ended('worker-1', 1).complaints()).toEqual([
      'I2: task 1 ran with another payload',
    ])
    const state = { dead: [{ n: '1', reason: 'poison', payload: '{"task":1,"pad":"y"}' }] }
    expect(
      new Written()
        .enqueued(1)
        .done('worker-1', 1)
        .complaints(state, { buried: new Map([[1, 'poison']]) }),
    ).toEqual(['I2: task 1 is stored with another payload'])
  })
})

describe('I3, one task for one enqueue', () => {
  it('sees a repeated enqueue that became a second task', () => {
    const written = new Written().enqueued(1, '1', { id: 'a' }).enqueued(1, '2', { id: 'a' }).done('worker-1', 1)
    expect(written.complaints()).toEqual(['I3: task 1 became 2 tasks: 1, 2'])
  })

  it('sees it in the starts, when the first receipt never came', () => {
    const written = new Written().enqueued(1, '2').started('worker-1', 1, { n: '1' }).ended('worker-1', 1)
    expect(written.complaints()).toEqual(['I3: task 1 became 2 tasks: 2, 1'])
  })

  it('sees one number or one id for two tasks', () => {
    const twice = new Written().enqueued(1, '1').enqueued(2, '1').done('worker-1', 1).ended('worker-1', 2)
    expect(twice.complaints()).toEqual(['I3: 1 was given to tasks 1, 2'])
    const same = new Written().enqueued(1, '1', { id: 'a' }).enqueued(2, '2', { id: 'a' }).done('worker-1', 1)
    expect(same.done('worker-1', 2).complaints()).toEqual(['I3: id a is that of tasks 1, 2'])
  })

  it('allows a second number when the first was forgotten with the power', () => {
    const written = new Written().enqueued(1, '1').fault('*', 2_000).healed().at(9_000).enqueued(1, '2')
    expect(written.started('worker-1', 1, { n: '2' }).ended('worker-1', 1).complaints()).toEqual([])
  })
})

describe('I7, limits', () => {
  it('sees a task that failed or crashed too often', () => {
    const written = new Written().enqueued(1)
    for (let i = 0; i < 3; i++) {
      written.started('worker-1', 1, { r: i, fence: i + 1 }).ended('worker-1', 1, 'threw')
      written.settled('worker-1', '1', { r: i, kind: 'retry' })
    }
    expect(written.ended('worker-1', 1).complaints({}, { attempts: 2 })).toContain('I7: task 1 failed 3 times of 2')
    const crashing = new Written().enqueued(1).fault('*')
    for (let i = 0; i < 4; i++) crashing.started('worker-1', 1, { r: i, fence: i + 1 })
    const state = { dead: [{ n: '1', reason: 'crash-limit', payload: payload(1) }] }
    expect(crashing.healed().complaints(state, { buried: new Map([[1, 'crash-limit']]) })).toContain(
      'I7: task 1 was running when 4 workers died, 3 are allowed',
    )
  })

  it('sees a burial that is not expected, a wrong reason, and one that did not happen', () => {
    const written = new Written().enqueued(1).done('worker-1', 1)
    const state = { dead: [{ n: '1', reason: 'crash-limit', payload: payload(1) }] }
    expect(written.complaints(state)).toEqual(['I7: task 1 was buried as crash-limit'])
    expect(written.complaints(state, { buried: new Map([[1, 'other']]) })).toEqual([
      'I7: task 1 was buried as crash-limit',
    ])
    expect(written.complaints({}, { buried: new Map([[1, 'other']]) })).toEqual(['I7: task 1 was not buried as other'])
  })
})

describe('I8, order', () => {
  it('sees a task that overtakes, where order is promised', () => {
    const written = new Written().enqueued(1).enqueued(2).done('worker-1', 2).done('worker-1', 1)
    expect(written.complaints()).toEqual([])
    expect(written.complaints({}, { ordered: true })).toEqual(['I8: task 2 overtook task 1'])
  })

  it('sees a delayed task that starts early', () => {
    const early = new Written().at(1_000).enqueued(1, '1', { delayMs: 500 }).at(1_400).done('worker-1', 1)
    expect(early.complaints()).toEqual(['I8: task 1 started 97.0 ms too early'])
    const late = new Written().at(1_000).enqueued(1, '1', { delayMs: 500 }).at(1_500).done('worker-1', 1)
    expect(late.complaints()).toEqual([])
  })

  it('sees a delayed task that starts long after it is due, where that is judged', () => {
    const late = new Written().at(1_000).enqueued(1, '1', { delayMs: 500 }).at(7_000).done('worker-1', 1)
    expect(late.complaints()).toEqual([])
    expect(late.complaints({}, { dueWithinMs: 6_000 })).toEqual([])
    expect(late.complaints({}, { dueWithinMs: 5_000 })).toEqual(['I8: task 1 started 5500 ms after it was due'])
  })

  it('sees a retry before its pause is over, and one that comes long after it', () => {
    const retriedAt = (ms: number): Written => {
      const written = new Written().enqueued(1).started('worker-1', 1).ended('worker-1', 1, 'threw')
      written.at(2_000).settled('worker-1', '1', { kind: 'retry' }).at(ms)
      return written.done('worker-2', 1, { r: 1, fence: 2 })
    }
    expect(retriedAt(2_020).complaints()).toEqual([])
    expect(retriedAt(2_010).complaints()).toEqual(['I8: 1 was retried 8.0 ms too early'])
    expect(retriedAt(8_000).complaints()).toEqual([])
    expect(retriedAt(8_000).complaints({}, { dueWithinMs: 5_000 })).toEqual([
      'I8: 1 was retried 5978 ms after it was due',
    ])
  })

  it('counts the pause of a retry from its own lease, where one of the same name was forgotten', () => {
    const retriedAt = (ms: number): string[] => {
      const written = new Written().enqueued(1).claimed('worker-1', { n: '1', r: 1, fence: 1 })
      written.settled('worker-1', '1', { r: 1, kind: 'release' }).claimed('worker-1', { n: '1', r: 2, fence: 2 })
      written.at(2_000).fault('*', 1_100).healed().at(3_000).started('worker-2', 1, { r: 1, fence: 3 })
      written.ended('worker-2', 1, 'threw').at(3_100).settled('worker-2', '1', { r: 1, kind: 'retry' }).at(ms)
      const complaints = written.done('worker-1', 1, { r: 2, fence: 4 }).complaints()
      return complaints.filter((complaint) => complaint.startsWith('I8'))
    }
    expect(retriedAt(3_120)).toEqual([])
    expect(retriedAt(3_110)).toEqual(['I8: 1 was retried 8.0 ms too early'])
  })
})

describe('I9, structure', () => {
  it('passes on what the end state says', () => {
    const written = new Written().enqueued(1).done('worker-1', 1)
    expect(written.complaints({ defects: ['3 is in no place'] })).toEqual(['I9: 3 is in no place'])
  })
})
