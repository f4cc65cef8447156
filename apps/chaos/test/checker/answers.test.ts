import { describe, expect, it } from 'vitest'
import { Written } from './written.ts'

const BOUNDS = { withinMs: 500, kept: 2 }
const CALLER = 'caller-1'

const complaintsOf = (written: Written): string[] =>
  written.complaints({}, { answers: BOUNDS }).filter((what) => what.startsWith('I14'))

const awaited = (written = new Written(), task = 1): Written =>
  written.enqueued(task).say(CALLER, { ev: 'await', task })

const learnt = (written: Written, at: number, task = 1, result: unknown = task): Written =>
  written.at(at).say(CALLER, { ev: 'answer', task, result })

const refused = (written: Written, code: string, task = 1): Written => written.say(CALLER, { ev: 'answer', task, code })

describe('I14, an awaited task', () => {
  it('is answered with its own result, soon after its end', () => {
    expect(complaintsOf(learnt(awaited().done('worker-1', 1), 1_100))).toEqual([])
  })

  it('is seen to be answered with another result, without having been done, late, or never', () => {
    expect(complaintsOf(learnt(awaited().done('worker-1', 1), 1_100, 1, 2))).toEqual([
      'I14: caller-1 was told the result of task 2 as that of task 1',
    ])
    expect(complaintsOf(learnt(awaited(), 1_100))).toEqual([
      'I14: caller-1 was told a result of task 1, which was not done',
    ])
    expect(complaintsOf(learnt(awaited().done('worker-1', 1), 2_007))).toEqual([
      'I14: caller-1 learnt what became of task 1 1000 ms late',
    ])
    expect(complaintsOf(awaited().done('worker-1', 1))).toEqual(['I14: caller-1 never learnt what became of task 1'])
    expect(complaintsOf(new Written().enqueued(1))).toEqual(['I14: nobody awaited anything'])
  })

  it('may be answered later where the caller was struck meanwhile', () => {
    const struck = (): Written => awaited().fault([CALLER]).done('worker-1', 1).at(3_000).healed()
    expect(complaintsOf(learnt(struck(), 3_400))).toEqual([])
    expect(complaintsOf(learnt(struck(), 4_000))).toEqual(['I14: caller-1 learnt what became of task 1 1000 ms late'])
    const other = awaited().fault(['worker-9']).done('worker-1', 1).at(3_000).healed()
    expect(complaintsOf(learnt(other, 3_400))).toHaveLength(1)
  })

  it('may be said to be forgotten after so many later ends as are kept, and not before', () => {
    const after = (ends: number): Written => {
      const written = awaited()
      for (let task = 1; task <= 1 + ends; task++)
        (task === 1 ? written : written.enqueued(task)).done('worker-1', task)
      return refused(written, 'result-expired')
    }
    expect(complaintsOf(after(2))).toEqual([])
    expect(complaintsOf(after(0))).toEqual(['I14: caller-1 was told result-expired of task 1, which is not so'])
    expect(complaintsOf(refused(awaited(), 'result-expired'))).toHaveLength(1)
  })

  it('is dead only if it was buried, and never unavailable', () => {
    expect(complaintsOf(refused(awaited().buried('worker-1', 1), 'task-dead'))).toEqual([])
    for (const code of ['task-dead', 'task-expired', 'unavailable', 'closed'])
      expect(complaintsOf(refused(awaited().done('worker-1', 1), code))).toEqual([
        `I14: caller-1 was told ${code} of task 1, which is not so`,
      ])
  })

  it('is measured: the slowest answer, and the other calls before a fault and from its end to the last answer', () => {
    const written = awaited().at(1_010).say(CALLER, { ev: 'probe', from: 1_000 }).fault([CALLER]).done('worker-1', 1)
    written.at(2_000).healed().at(2_050).say(CALLER, { ev: 'probe', from: 2_010 })
    const { figures } = learnt(written, 2_100)
      .at(2_900)
      .say(CALLER, { ev: 'probe', from: 2_200 })
      .verdict({}, { answers: BOUNDS })
    expect(figures.answers).toEqual({ awaited: 1, slowestMs: 100, calmP99Ms: 10, recoveringP99Ms: 40 })
  })
})
