import type { ClaimedTask, Hint, Turn, TurnReply } from '@mq/core'
import { expect, it } from 'vitest'
import { brokerBench, withQueue } from '../broker-bench.ts'

const task = (n: number): ClaimedTask => ({
  n: String(n),
  lease: `${n}#0`,
  header: '',
  payload: String(n),
  fence: n,
  failures: 0,
  crashes: 0,
  enqueuedAt: 0,
  claimedAt: 0,
})

it('of cancellations that come while a turn is under way a worker knows the newest 10,000', async () => {
  let [hear, answer]: [(hint: Hint) => void, (reply: TurnReply) => void] = [() => undefined, () => undefined]
  const { broker } = brokerBench((inner) =>
    withQueue(inner, () => ({
      listen: async (onHint) => {
        hear = onHint
        return { live: true, close: async () => undefined }
      },
      settleAndClaim: (turn: Turn) =>
        turn.settlements.length === 0 && turn.want > 0
          ? new Promise((resolve) => (answer = resolve))
          : Promise.resolve({ stale: [], claimed: [], nextDueInMs: -1 }),
    })),
  )
  const ran: unknown[] = []
  broker.queue('tasks').process((payload) => void ran.push(payload))
  await new Promise((resolve) => setImmediate(resolve))
  for (let n = 1; n <= 10_001; n++) hear({ kind: 'cancel', lease: `${n}#0`, reason: '' })
  answer({ stale: [], claimed: [task(1), task(2), task(10_001), task(10_002)], nextDueInMs: -1 })
  await expect.poll(() => ran).toEqual([1, 10_002])
})
