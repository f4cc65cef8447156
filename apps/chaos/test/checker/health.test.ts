import { describe, expect, it } from 'vitest'
import { Written } from './written.ts'

const WITHIN_MS = 1_000

/** An outage from 2,000 to 5,000, and answers of one worker: when it was asked, when it answered, what. */
function asked(answers: readonly (readonly [from: number, at: number, ready: boolean])[]): Written {
  const written = new Written().enqueued(1).done('worker-1', 1)
  written.at(2_000).fault('*').at(5_000).healed()
  for (const [from, at, ready] of answers) written.at(at).say('worker-1', { ev: 'health', ready, from })
  written.events.sort((a, b) => a.at - b.at)
  return written
}

const complaintsOf = (written: Written): string[] => written.complaints({}, { healthWithinMs: WITHIN_MS })

const TRUE = [
  [1_500, 1_501, true],
  [1_900, 2_900, false],
  [4_000, 5_000, false],
  [4_800, 5_300, true],
  [6_500, 6_501, true],
] as const

describe('I11, truthful health', () => {
  it('is content with a true answer that comes soon', () => {
    expect(complaintsOf(asked(TRUE))).toEqual([])
  })

  it('sees one that is ready in an outage', () => {
    expect(complaintsOf(asked([...TRUE, [4_000, 4_500, true]]))).toEqual(['I11: worker-1 was ready 2500 ms into blow'])
    expect(complaintsOf(asked([...TRUE, [2_100, 2_900, true]]))).toEqual([])
    expect(complaintsOf(asked([...TRUE, [1_900, 3_100, true]]))).toEqual([])
  })

  it('sees one that is not ready without an outage', () => {
    const falsely = ['I11: worker-1 was not ready, and there was no outage']
    expect(complaintsOf(asked([...TRUE, [1_200, 1_700, false]]))).toEqual(falsely)
    expect(complaintsOf(asked([...TRUE, [5_100, 6_100, false]]))).toEqual(falsely)
    expect(complaintsOf(asked([...TRUE, [5_100, 5_900, false]]))).toEqual([])
    expect(complaintsOf(asked([...TRUE, [4_900, 6_100, false]]))).toEqual([])
  })

  it('sees one that answers too late', () => {
    const late = TRUE.map(([from, at, ready]) => [from, at === 2_900 ? 3_100 : at, ready] as const)
    expect(complaintsOf(asked(late))).toEqual(['I11: worker-1 did not report blow within 1000 ms'])
    const never = TRUE.filter(([, at]) => at !== 5_300)
    expect(complaintsOf(asked(never))).toEqual(['I11: worker-1 did not report the end of blow within 1000 ms'])
  })

  it('does not judge a process that stood still itself, or without a network', () => {
    const standstill = { ev: 'stall', from: 3_900, until: 4_600 } as const
    const late = [...TRUE, [4_000, 4_500, true]] as const
    expect(complaintsOf(asked(late).say('worker-1', standstill))).toEqual([])
    expect(complaintsOf(asked(late).say('faults', standstill))).toEqual([])
    expect(complaintsOf(asked(late).say('worker-2', standstill))).toHaveLength(1)
  })

  it('is not content with a run in which no process was asked', () => {
    expect(complaintsOf(asked([]))).toEqual(['I11: no process was asked whether it was ready'])
  })
})
