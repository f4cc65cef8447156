import { describe, expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'

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

describe('lanes that were silent for longer than anybody repeats', () => {
  /** All lanes of a key, as if they had been silent for so long. */
  async function age(key: string, byMs: number): Promise<void> {
    for (const [lane, text] of Object.entries(await lab.redis.hgetall(key))) {
      const [seq, at, ...rest] = text.split('|')
      await lab.redis.hset(key, lane, [seq, Number(at) - byMs, ...rest].join('|'))
    }
  }

  it.each([
    ['that called an hour ago', 3_601_000, false],
    ['that ended ten minutes ago', 601_000, true],
  ])('are forgotten by those that come, of producers and workers %s', async (_, silentMs, ends) => {
    const queue = await lab.queue()
    const call = async (i: number): Promise<void> => {
      await queue.driver.enqueue({ ...queue.batch(['1']), lane: `producer-${i}`, seq: 1 })
      if (ends) await queue.driver.endLanes([{ lane: `producer-${i}`, seq: 1 }])
      const worker = queue.worker()
      await worker.complete(...(await worker.claim()))
      if (ends) await worker.turn({ last: true })
    }
    for (let i = 0; i < LANES; i++) await call(i)
    const keys = [queue.key('producers'), queue.key('lanes')]
    for (const key of keys) expect(await lab.redis.hlen(key)).toBe(LANES)
    for (const key of keys) await age(key, silentMs)
    for (let i = LANES; i < 2 * LANES; i++) await call(i)
    // Those that called are there; of the old ones hardly any.
    for (const key of keys) expect(await lab.redis.hlen(key)).toBeLessThan(1.2 * LANES)
  })
})
