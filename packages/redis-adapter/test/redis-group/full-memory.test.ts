// A server whose memory is full must be told from one that is away, and groups must be able to go on.
import { expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { key } from '../lab/furnished-group.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start({ args: ['--maxmemory-policy', 'noeviction'] })
const BODY = 'x'.repeat(10_000)
const HISTORY = { maxCount: 100_000, unreadFactor: 10, groupExpiresMs: 600_000 }

async function setLimit(bytes: number): Promise<void> {
  await lab.redis.call('CONFIG', 'SET', 'maxmemory', String(bytes))
}

it('publishing is refused with storage-full and keeps nothing, while members claim, extend and settle in every way', async () => {
  const name = lab.freshName()
  const channel = await lab.channel(name)
  const group = channel.group('audit', { from: 'earliest' })
  const lane = new WorkerLane(group)
  await lane.claim(0)
  await channel.publish(
    Array.from({ length: 100 }, () => BODY),
    HISTORY,
  )
  await setLimit(1)
  const before = await dump(lab.redis, name)
  await expect(channel.publish(['1'], HISTORY)).rejects.toMatchObject({ code: 'storage-full' })
  expect(await dump(lab.redis, name)).toEqual(before)

  const [a, b, c, d] = await lane.claim(4)
  expect(await group.extend([a!.lease, b!.lease], 60_000)).toEqual(['held', 'held'])
  const settlements = [
    { kind: 'complete', lease: a!.lease },
    { kind: 'retry', lease: b!.lease, delayMs: 0, charge: true },
    { kind: 'release', lease: c!.lease },
    { kind: 'bury', lease: d!.lease, reason: 'bad', detail: '', charge: true },
  ] as const
  expect(await lane.settle(...settlements)).toEqual([])
  expect((await lane.drain()).length).toBe(98)
  expect(await group.stats()).toMatchObject({ unread: 0, running: 0, returned: 0, dead: 1, lost: 0 })
  expect(await group.apply({ kind: 'remove' })).toEqual({ changed: 1 })
  expect(await lab.redis.keys(key(name, 'group.*'))).toEqual([])
  await setLimit(0)
  expect((await channel.publish(['1'], HISTORY)).n).toBe(101)
})
