import { afterEach, describe, expect, it, vi } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const HOUR_MS = 3_600_000
const LEASE_MS = 10_000

async function serverNow(): Promise<number> {
  const [seconds, micros] = await lab.redis.time()
  return seconds! * 1_000 + Math.floor(micros! / 1_000)
}

describe('a process whose clock is off', () => {
  afterEach(() => void vi.useRealTimers())

  it.each([-HOUR_MS, HOUR_MS])('by %i ms goes by the clock of the server', async (offMs) => {
    const queue = await lab.queue()
    const before = await serverNow()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offMs })
    await queue.add('now')
    await queue.add({ delayMs: 60_000 })
    const worker = queue.worker()
    const task = await worker.claimOne({ leaseMs: LEASE_MS })
    const deadline = (): Promise<number> => lab.redis.zscore(queue.key('leases'), task.lease).then(Number)
    const due = (await lab.redis.zrange(queue.key('later:4'), '0', '0', 'WITHSCORES')).map(Number)[1]!
    const claimed = await deadline()
    await queue.driver.extend([task.lease], LEASE_MS)
    const extended = await deadline()
    const after = await serverNow()
    for (const at of [claimed - LEASE_MS, extended - LEASE_MS, due - 60_000, task.enqueuedAt, task.claimedAt]) {
      expect(at).toBeGreaterThanOrEqual(before)
      expect(at).toBeLessThanOrEqual(after)
    }
  })
})
