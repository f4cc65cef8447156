import { describe, expect, it } from 'vitest'
import { Written } from './written.ts'

const BOUNDS = { withinCalls: 5, disturbed: { factor: 3, slackMs: 50 }, kept: 2 }
const CALLER = 'caller-1'

const complaintsOf = (written: Written): string[] =>
  written.complaints({}, { answers: BOUNDS }).filter((what) => what.startsWith('I14'))

const awaited = (written = new Written(), task = 1): Written =>
  written.enqueued(task).say(CALLER, { ev: 'await', task })

const answered = (written: Written, at: number, task = 1, result: unknown = task): Written =>
  written.at(at).say(CALLER, { ev: 'answer', task, result })

/** Each takes a millisecond. */
const probed = (written: Written, ms: number, times: number, everyMs = 100, proc = CALLER): Written => {
  for (let i = 0; i < times; i++) written.at(ms + i * everyMs + 1).say(proc, { ev: 'probe', from: ms + i * everyMs })
  return written
}

const refused = (written: Written, code: string, task = 1): Written => written.say(CALLER, { ev: 'answer', task, code })

describe('I14, an awaited task', () => {
  it('is answered with its own result, soon after its end', () => {
    expect(complaintsOf(answered(awaited().done('worker-1', 1), 1_100))).toEqual([])
  })

  it('is seen to be answered with another result, without having been done, late, or never', () => {
    expect(complaintsOf(answered(awaited().done('worker-1', 1), 1_100, 1, 2))).toEqual([
      'I14: caller-1 was given the result of task 2 as that of task 1',
    ])
    expect(complaintsOf(answered(awaited(), 1_100))).toEqual([
      'I14: caller-1 was given a result of task 1, which was not done',
    ])
    expect(complaintsOf(answered(probed(awaited().done('worker-1', 1), 1_100, 6), 2_007))).toEqual([
      'I14: caller-1 got the answer about task 1 1000 ms and 6 calls late',
    ])
    expect(complaintsOf(awaited().done('worker-1', 1))).toEqual(['I14: caller-1 got no answer about task 1'])
    expect(complaintsOf(new Written().enqueued(1))).toEqual(['I14: no result was awaited'])
  })

  it('may be answered later where the caller was struck meanwhile', () => {
    const struck = (by: string): Written => {
      const written = probed(awaited().fault([by]).done('worker-1', 1), 1_100, 10)
      return written.at(3_000).healed()
    }
    expect(complaintsOf(answered(struck(CALLER), 3_400))).toEqual([])
    expect(complaintsOf(answered(probed(struck(CALLER), 3_100, 6), 4_000))).toEqual([
      'I14: caller-1 got the answer about task 1 1000 ms and 6 calls late',
    ])
    expect(complaintsOf(answered(struck('worker-9'), 3_400))).toHaveLength(1)
  })

  it('may be answered later where the caller could do nothing else, either', () => {
    const starved = probed(awaited().done('worker-1', 1), 1_100, 5, 2_000)
    expect(complaintsOf(answered(starved, 12_000))).toEqual([])
    const other = probed(awaited().done('worker-1', 1), 1_100, 50, 100, 'caller-2')
    expect(complaintsOf(answered(other, 12_000))).toEqual([])
    const cutOff = awaited().done('worker-1', 1)
    for (let i = 0; i < 6; i++) cutOff.say(CALLER, { ev: 'probe', from: 1_100 + i, why: 'unavailable' })
    expect(complaintsOf(answered(cutOff, 12_000))).toHaveLength(1)
  })

  it('does not delay other calls when it comes late', () => {
    const made = (recoveringMs: number, count: number): Written => {
      const written = awaited(awaited(), 2)
        .fault([CALLER])
        .done('worker-1', 1)
        .at(9_000)
        .healed()
        .at(9_010 + recoveringMs)
      for (let i = 0; i < count; i++) written.say(CALLER, { ev: 'probe', from: 9_010 + i })
      answered(written, 9_020 + recoveringMs + count)
        .at(9_900)
        .done('worker-1', 2)
      return answered(probed(written, 10_000, count, 10), 20_000, 2)
    }
    const patient = { ...BOUNDS, withinCalls: 1_000 }
    const complaints = (written: Written): string[] => written.complaints({}, { answers: patient })
    expect(complaints(made(53, 200))).toEqual([])
    expect(complaints(made(54, 200))).toEqual([
      'I14: p99 of other calls was 54 ms while overdue answers arrived, 1 ms later',
    ])
    expect(complaints(made(54, 100))).toEqual([])
  })

  it('may be said to be forgotten after so many later ends as are kept, and not before', () => {
    const after = (ends: number): Written => {
      const written = awaited()
      for (let task = 1; task <= 1 + ends; task++)
        (task === 1 ? written : written.enqueued(task)).done('worker-1', task)
      return refused(written, 'result-expired')
    }
    expect(complaintsOf(after(2))).toEqual([])
    expect(complaintsOf(after(0))).toEqual(['I14: caller-1 was given result-expired of task 1, which is wrong'])
    expect(complaintsOf(refused(awaited(), 'result-expired'))).toHaveLength(1)
  })

  it('is dead only if it was buried, and never unavailable', () => {
    expect(complaintsOf(refused(awaited().buried('worker-1', 1), 'task-dead'))).toEqual([])
    for (const code of ['task-dead', 'task-expired', 'unavailable', 'closed'])
      expect(complaintsOf(refused(awaited().done('worker-1', 1), code))).toEqual([
        `I14: caller-1 was given ${code} of task 1, which is wrong`,
      ])
  })

  it('is measured: the slowest answer, and the other calls while answers are made good and from then to the last', () => {
    const written = awaited(awaited(), 2).at(1_010).say(CALLER, { ev: 'probe', from: 1_000 }).fault([CALLER])
    written.done('worker-1', 1).at(2_000).healed().at(2_050).say(CALLER, { ev: 'probe', from: 2_010 })
    answered(written, 2_100).at(2_400).say(CALLER, { ev: 'probe', from: 2_390 }).done('worker-1', 2)
    const { figures } = answered(written, 2_440, 2)
      .at(2_900)
      .say(CALLER, { ev: 'probe', from: 2_500 })
      .verdict({}, { answers: BOUNDS })
    expect(figures.answers).toEqual({ awaited: 2, slowestMs: 100, calmP99Ms: 10, recoveringP99Ms: 40 })
  })
})
