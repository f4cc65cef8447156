// Redis sends 64 KiB of a reply, and the rest after the call that came meanwhile: two large replies came together, and the worker was idle until then.
import { defineQueue } from '@mq/core'
import type { TurnReply } from '@mq/core'
import { expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

const MOST_BYTES = 65_536
const LEAST = 64

it.each([
  { bytes: 140, concurrency: 1 },
  { bytes: 140, concurrency: 100 },
  { bytes: 400, concurrency: 1 },
  { bytes: 400, concurrency: 1_000 },
  { bytes: 5_000, concurrency: 1 },
])(
  'a busy worker claims what one piece of a reply holds: $bytes bytes each, $concurrency at once',
  async ({ bytes, concurrency }) => {
    const replies: TurnReply[] = []
    const { broker, clock } = brokerBench((inner) =>
      withQueue(inner, (driver) => ({
        async settleAndClaim(turn) {
          const reply = await driver.settleAndClaim(turn)
          if (reply.claimed.length > 0) replies.push(reply)
          return reply
        },
      })),
    )
    const queue = broker.queue(defineQueue({ name: 'q', keep: { results: false } }))
    const count = bytes > 1_000 ? 1_000 : 2_000
    for (let from = 0; from < count; from += 500) {
      await queue.enqueueAll(Array.from({ length: 500 }, () => ({ payload: 'x'.repeat(bytes - 2) })))
    }
    let done = 0
    queue.process(() => void done++, { concurrency })
    while (done < count) await clock.advance(10)
    // The first claim does not know yet how large tasks are.
    const sizes = replies.slice(1).map(({ claimed }) => claimed.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.max(LEAST, Math.floor(MOST_BYTES / bytes)))
    expect(Math.max(...sizes)).toBeGreaterThanOrEqual(Math.min(LEAST, concurrency))
    // Nor many more turns than that takes.
    expect(replies.length).toBeLessThan((2.5 * count) / Math.max(LEAST, Math.floor(62_000 / (bytes + 40))) + 20)
    await broker.close()
  },
)
