import { describe, expect, it } from 'vitest'
import { checkFairness } from '../../src/checker/fairness.ts'
import type { Fault } from '../../src/checker/circumstances.ts'
import type { HistoryEvent } from '../../src/history/event.ts'

/** Tasks of these keys were all enqueued at 1,000 ms, and given in this order. */
function served(...keys: readonly (string | undefined)[]): HistoryEvent[] {
  return keys.map((key, i) => ({
    ...{ at: i, proc: 'worker-1', ev: 'claim', n: String(1_000_000 + i), lease: `${1_000_000 + i}#0` },
    ...{ fence: i, from: i, givenAt: 2_000 + i },
    ...(key === undefined ? undefined : { key }),
  }))
}
const complaints = (history: readonly HistoryEvent[], faults: readonly Fault[] = [], weight = 1): string[] =>
  checkFairness(history, faults, { weight, leaseMs: 10 }).map(({ what }) => what)
const fault = (beginAt: number, endAt: number): Fault => ({
  ...{ name: 'kill', kind: 'SIGKILL', beginAt, endAt, targets: '*', forgetsMs: 0 },
})

describe('I8, the turns of keys', () => {
  it('are kept where each is served in its turn, or by its weight', () => {
    expect(complaints(served('a', 'b', 'a', 'b', undefined, 'a', 'b'))).toEqual([])
    const byThrees = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 'b' : 'a'))
    expect(complaints(served(...byThrees), [], 3)).toEqual([])
    expect(complaints(served(...byThrees))).not.toEqual([])
  })

  it('are seen to be broken where one waits behind another that came first', () => {
    expect(complaints(served('a', 'a', 'a', 'a', 'a', 'b'))).toEqual([
      'while 1000005 of b waited, a was served 5 times, 4 at the most are its turn',
    ])
  })

  it('are not judged for what came later, came again, or waited while a fault struck', () => {
    const late = served('a', 'a', 'a', 'a', 'a', 'b').map((event) =>
      event.ev === 'claim' && event.key === 'b' ? { ...event, n: '2004000' } : event,
    )
    expect(complaints(late)).toEqual([])
    const again = served('a', 'a', 'a', 'a', 'a', 'b').map((event) =>
      event.ev === 'claim' && event.key === 'b' ? { ...event, lease: '1000005#1' } : event,
    )
    expect(complaints(again)).toEqual([])
    expect(complaints(served('a', 'a', 'a', 'a', 'a', 'b'), [fault(2, 3)])).toEqual([])
    expect(complaints(served('a', 'a', 'a', 'a', 'a', 'b'), [fault(-30, -20)])).not.toEqual([])
  })
})
