// Producers that wait for room in a full queue, and their processes that are gone.
import { beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()
const BOUND = { capacity: 1, awaitRoom: true }
let queue: QueuePort

beforeEach(async () => {
  queue = await lab.queue()
  await queue.addOne('1')
})

/** So many processes that asked for room so long ago, and are gone. */
async function gone(count: number, agoMs: number): Promise<void> {
  const entries = Array.from({ length: count }, (_, i) => [Date.now() - agoMs, `mq:to:gone-${agoMs}-${i}`])
  await lab.redis.zadd(queue.key('room'), ...entries.flat())
}

async function refused(): Promise<void> {
  expect(await queue.offer(['2'], BOUND)).toEqual([{ state: 'full' }])
}

describe('processes that waited for room and are gone', () => {
  it('do not keep a hint from the living', async () => {
    const hints = await queue.hear()
    await gone(20, 3_000)
    await refused()
    await queue.worker().claim(1)
    await eventually(() => hints.some(({ kind }) => kind === 'room'), 'a hint that there is room')
  })
})

it('as many are told as there is room for', async () => {
  const others = await Promise.all(Array.from({ length: 3 }, () => lab.queue(queue.name)))
  const heard = await Promise.all(others.map((other) => other.hear()))
  for (const other of others) await other.offer(['2'], BOUND)
  await queue.worker().claim(1)
  await eventually(() => heard.some((hints) => hints.length > 0), 'a hint that there is room')
  expect(await lab.redis.zcard(queue.key('room'))).toBe(2)
})
