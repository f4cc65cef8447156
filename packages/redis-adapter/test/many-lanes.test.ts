import { describe, expect, it } from 'vitest'
import { Lab } from './lab.ts'

const lab = await Lab.start()
const LANES = 300

describe('calls that are repeated when many others have called meanwhile', () => {
  it('are answered as the first time, whoever called', async () => {
    const queue = await lab.queue()
    const batches = Array.from({ length: LANES }, (_, i) => ({ ...queue.batch([`${i}`]), lane: `producer-${i}` }))
    const receipts = await Promise.all(batches.map((batch) => queue.driver.enqueue(batch)))
    const turns = batches.map(() => queue.worker().next({ want: 1 }))
    const replies = await Promise.all(turns.map((turn) => queue.driver.settleAndClaim(turn)))
    expect(await queue.stats()).toMatchObject({ waiting: 0, running: LANES })

    expect(await Promise.all(batches.map((batch) => queue.driver.enqueue(batch)))).toEqual(receipts)
    const repeated = turns.map((turn) => queue.driver.settleAndClaim({ ...turn, repeat: true }))
    const leases = (all: typeof replies): string[] => all.map(({ claimed }) => claimed.map(({ lease }) => lease).join())
    expect(leases(await Promise.all(repeated))).toEqual(leases(replies))
    expect(await queue.stats()).toMatchObject({ waiting: 0, running: LANES })
  })
})
