import { describe, expect, it } from 'vitest'
import { bench } from './bench.ts'

describe('a repeated turn', () => {
  it('gets back what its lane still holds, and nothing that went on meanwhile', async () => {
    const { queue, add, clock } = bench()
    await add({}, {}, {}, {})
    const common = { repeat: false, want: 4, maxBytes: 1e6, leaseMs: 1_000, keepResults: true, awaitWork: false }
    const first = { ...common, lane: 'one', seq: 1, settlements: [] }
    const { claimed } = await queue.settleAndClaim(first)
    const [held, cancelled, completed, recovered] = claimed
    await queue.apply({ kind: 'cancel', task: { n: cancelled!.n }, reason: '' })
    await queue.extend([held!.lease, completed!.lease], 60_000)
    await clock.advance(1_000)
    const settlements = [{ kind: 'complete', lease: completed!.lease } as const]
    const other = await queue.settleAndClaim({ ...common, lane: 'two', seq: 1, settlements })
    expect(other.claimed.map(({ n }) => n)).toEqual([recovered!.n])
    const again = await queue.settleAndClaim({ ...first, repeat: true })
    expect(again.claimed).toEqual([held])
  })
})
