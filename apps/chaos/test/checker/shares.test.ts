import { describe, expect, it } from 'vitest'
import { checkShares } from '../../src/checker/shares.ts'
import type { HistoryEvent } from '../../src/history/event.ts'

const BOUNDS = { concurrency: 2, keyConcurrency: 1, rate: { count: 3, perMs: 1_000, burst: 1 }, leaseMs: 500 }

let at = 0
const claim = (n: string, givenAt: number, key?: string): HistoryEvent => ({
  ...{ at: ++at, proc: 'worker-1', ev: 'claim', n, lease: `${n}#0`, fence: at, from: at, givenAt },
  ...(key === undefined ? undefined : { key }),
})
const settled = (ev: 'settle.invoke' | 'settle.ok', n: string, servedAt?: number): HistoryEvent => ({
  ...{ at: ++at, proc: 'worker-1', ev, n, lease: `${n}#0`, kind: 'complete' },
  ...(servedAt === undefined ? undefined : { servedAt }),
})
const complaints = (...history: HistoryEvent[]): string[] => checkShares(history, BOUNDS).map(({ what }) => what)

describe('I8, the limits of a queue, by the server’s clock', () => {
  it('let one begin in the turn that settles another', () => {
    const done = [settled('settle.invoke', '1'), settled('settle.ok', '1', 2_000)]
    expect(complaints(claim('1', 1_000, 'a'), ...done, claim('2', 2_000, 'a'))).toEqual([])
  })

  it('are seen to be exceeded by a key', () => {
    const done = [settled('settle.invoke', '1'), settled('settle.ok', '1', 1_300)]
    expect(complaints(claim('1', 1_000, 'a'), claim('2', 1_299, 'a'), ...done)).toEqual([
      'key a had 2 leases at 1299, 1 are allowed: 1, 2',
    ])
  })

  it('are seen to be exceeded by the queue, with and without keys', () => {
    expect(complaints(claim('1', 1_000, 'a'), claim('2', 1_100), claim('3', 1_200, 'b'))).toEqual([
      'the queue had 3 leases at 1200, 2 are allowed: 1, 2, 3',
    ])
  })

  it('are seen to be exceeded by a rate', () => {
    const all = [0, 10, 20, 30, 40].flatMap((ms, i) => [
      claim(`${i}`, 1_000 + ms),
      settled('settle.ok', `${i}`, 1_001 + ms),
    ])
    expect(complaints(...all)).toEqual(['5 tasks were given within 1000 ms, 4 are allowed'])
    expect(complaints(...all.slice(0, 8))).toEqual([])
  })

  it('are not judged where nobody knows when a lease ended: it may have been settled, or is over', () => {
    expect(complaints(claim('1', 1_000, 'a'), settled('settle.invoke', '1'), claim('2', 1_100, 'a'))).toEqual([])
    expect(complaints(claim('1', 1_000, 'a'), claim('2', 1_500, 'a'))).toEqual([])
    const repeated = [settled('settle.invoke', '1'), settled('settle.ok', '1', 0)]
    expect(complaints(claim('1', 1_000, 'a'), ...repeated, claim('2', 1_100, 'a'))).toEqual([])
    const cancel = { at: ++at, proc: 'producer-1', ev: 'cancel.invoke', task: 1, n: '1' } as const
    expect(complaints(claim('1', 1_000, 'a'), cancel, claim('2', 1_100, 'a'))).toEqual([])
  })
})
