// A clock that steps back: a clock kept as a maximum froze after a step back: 3 s later a 1 s lease had not expired.
import { afterAll, describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { fakeTime } from '../lab/fake-time.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const HOUR = 3_600
const time = await fakeTime()
const lab = await Lab.start({ binary: time?.binary })
afterAll(() => time?.remove())

async function deadlines(queue: QueuePort): Promise<number[]> {
  const leases = await lab.redis.zrange(queue.key('leases'), '0', '-1', 'WITHSCORES')
  return leases.filter((_, i) => i % 2 === 1).map(Number)
}

async function serverNow(): Promise<number> {
  const [seconds, micros] = await lab.redis.time()
  return seconds! * 1_000 + Math.floor(micros! / 1_000)
}

describe('leases that end too far in the future', () => {
  // As they would stand if the clock stepped back by a day.
  async function afterStepBack(): Promise<{ queue: QueuePort; leases: string[] }> {
    const queue = await lab.queue()
    await queue.addMany(3)
    const claimed = await queue.worker().claim(3, { leaseMs: 2_000 })
    const leases = claimed.map(({ lease }) => lease)
    for (const lease of leases) await lab.redis.zincrby(queue.key('leases'), 86_400_000, lease)
    await lab.redis.hincrby(queue.key('meta'), 'seen', 86_400_000)
    return { queue, leases }
  }

  it('are cut to one lease from now by the next turn', async () => {
    const { queue } = await afterStepBack()
    await queue.worker().claim(1, { leaseMs: 2_000 })
    const now = await serverNow()
    for (const deadline of await deadlines(queue)) expect(deadline).toBeLessThanOrEqual(now + 2_000)
  })

  // Whoever comes first after the step hides it from those who come later.
  it('are cut also when somebody prolonged a lease before the next turn', async () => {
    const { queue, leases } = await afterStepBack()
    await queue.driver.extend([leases[0]!], 2_000)
    await queue.worker().claim(1, { leaseMs: 2_000 })
    const now = await serverNow()
    for (const deadline of await deadlines(queue)) expect(deadline).toBeLessThanOrEqual(now + 2_000)
  })
})

describe.skipIf(time === undefined)(
  `a server whose clock is set${time ? '' : ' (skipped: no libfaketime here)'}`,
  () => {
    const shift = (seconds: number): Promise<void> => time!.shift(seconds)

    it('back by an hour: a lost lease is still recovered, a held one still held', async () => {
      await shift(0)
      const queue = await lab.queue()
      const [lost = '', held = ''] = await queue.addMany(2)
      const [worker, other] = [queue.worker(), queue.worker()]
      const claimed = await worker.claim(2, { leaseMs: 400 })
      await shift(-HOUR)

      const keep = claimed[1]!.lease
      const recovered = await eventually(async () => {
        expect(await queue.driver.extend([keep], 400)).toEqual(['held'])
        return (await other.claim(10, { leaseMs: 400 }))[0]
      }, 'the lost task at another worker')
      expect(recovered).toMatchObject({ n: lost, crashes: 1 })
      expect(
        await worker.settle({ kind: 'complete', lease: keep }, { kind: 'complete', lease: claimed[0]!.lease }),
      ).toEqual([1])
      expect(await queue.read(held)).toMatchObject({ state: 'ended' })
    })

    it('back by an hour: numbers and fences go on upwards, nothing delayed starts early', async () => {
      await shift(0)
      const queue = await lab.queue()
      const worker = queue.worker()
      const [first = ''] = await queue.add('1', { delayMs: 600_000 })
      const before = await worker.claimOne()
      await shift(-HOUR)
      const second = await queue.addOne('2')
      const after = await worker.claimOne()
      expect(Number(second)).toBeGreaterThan(Number(first))
      expect(after.fence).toBeGreaterThan(before.fence)
      const { claimed, nextDueInMs = 0 } = await worker.turn({ want: 10 })
      expect(claimed).toEqual([])
      expect(nextDueInMs).toBeGreaterThan(600_000)
    })

    it('forward by an hour: all leases end at once, and those who hold them have a lease of time to prolong them', async () => {
      await shift(0)
      const queue = await lab.queue()
      await queue.addMany(10)
      const [worker, other] = [queue.worker(), queue.worker()]
      const claimed = await worker.claim(10, { leaseMs: 5_000 })
      await shift(HOUR)
      expect(await other.claim(10, { leaseMs: 5_000 })).toEqual([])
      const leases = claimed.map(({ lease }) => lease)
      expect(new Set(await queue.driver.extend(leases, 5_000))).toEqual(new Set(['held']))
      expect(await other.claim(10, { leaseMs: 5_000 })).toEqual([])
      expect(await worker.complete(...claimed)).toEqual([])
      expect(await lab.redis.exists(queue.key('crashes'))).toBe(0)
    })

    it('forward by an hour: whoever is dead is recovered all the same', async () => {
      await shift(0)
      const queue = await lab.queue()
      await queue.addMany(10)
      await queue.worker().claim(10, { leaseMs: 200 })
      await shift(HOUR)
      const other = queue.worker()
      const recovered = await eventually(async () => {
        const tasks = await other.claim(10, { leaseMs: 200 })
        return tasks.length > 0 && tasks
      }, 'the tasks of the dead worker')
      expect(recovered.length).toBe(10)
    })

    it('back and forth: every task is run and settled once', async () => {
      await shift(0)
      const queue = await lab.queue()
      const numbers = await queue.addMany(200)
      const worker = queue.worker()
      const settled: string[] = []
      for (let i = 0; i < 20; i++) {
        await shift(i % 2 === 0 ? -HOUR * (i + 1) : HOUR * i)
        const claimed = await worker.claim(10)
        expect(
          await queue.driver.extend(
            claimed.map(({ lease }) => lease),
            30_000,
          ),
        ).not.toContain('lost')
        expect(await worker.complete(...claimed)).toEqual([])
        settled.push(...claimed.map(({ n }) => n))
      }
      expect(settled).toEqual(numbers)
    })
  },
)
