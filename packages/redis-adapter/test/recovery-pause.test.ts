// Nobody reached the server for a while: leases are over, but only because nobody could prolong them.
import { describe, expect, it } from 'vitest'
import { Lab } from './lab.ts'
import type { QueuePort } from './queue-port.ts'

const lab = await Lab.start()
const LEASE_MS = 5_000

/** Three tasks whose leases ended while nobody could reach the server for a minute. */
async function afterAMinuteAlone(): Promise<{ queue: QueuePort; leases: string[] }> {
  const queue = await lab.queue()
  await queue.addMany(3)
  const claimed = await queue.worker().claim(3, { leaseMs: LEASE_MS })
  for (const { lease } of claimed) await queue.lapse(lease)
  await lab.redis.hincrby(queue.key('meta'), 'seen', -60_000)
  return { queue, leases: claimed.map(({ lease }) => lease) }
}

describe('when the server is reached again after a minute', () => {
  it('nobody takes what others held: they have a lease of time to prolong it', async () => {
    const { queue, leases } = await afterAMinuteAlone()
    const other = queue.worker()
    expect(await other.claim(10, { leaseMs: LEASE_MS })).toEqual([])
    expect(await queue.driver.extend(leases, LEASE_MS)).toEqual(['held', 'held', 'held'])
    expect(await other.claim(10, { leaseMs: LEASE_MS })).toEqual([])
    expect(await lab.redis.exists(queue.key('crashes'))).toBe(0)
  })

  it('the same holds for the others when one has prolonged its own first', async () => {
    const { queue, leases } = await afterAMinuteAlone()
    expect(await queue.driver.extend(leases.slice(0, 1), LEASE_MS)).toEqual(['held'])
    expect(await queue.worker().claim(10, { leaseMs: LEASE_MS })).toEqual([])
    expect(await queue.driver.extend(leases, LEASE_MS)).toEqual(['held', 'held', 'held'])
  })

  it('what nobody prolonged within a lease is recovered', async () => {
    const { queue } = await afterAMinuteAlone()
    const other = queue.worker()
    expect(await other.claim(10, { leaseMs: LEASE_MS })).toEqual([])
    await lab.redis.hincrby(queue.key('meta'), 'recoverAfter', -LEASE_MS)
    expect((await other.claim(10, { leaseMs: LEASE_MS })).map(({ crashes }) => crashes)).toEqual([1, 1, 1])
  })
})
