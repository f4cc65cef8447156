import { createBroker, defineQueue, unchecked } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { Audit } from '../audit.ts'
import type { Reading } from '../meters/meter.ts'
import { makeTasks, RESULT } from '../task.ts'
import type { Task } from '../task.ts'
import type { Scenario } from './scenario.ts'

const BATCH = 1_000
/** How many batches are enqueued, and how many are claimed and settled. */
const BATCHES = 20

const queueOf = defineQueue({ name: 'bench', payload: unchecked<Task>(), keep: { results: false } })

/**
 * Does anything cost more when more tasks wait? Enqueues, claims and settles the same number while `depth` wait, each
 * by itself, and finds how long Redis was held up by a single call.
 */
function scenario(depth: number): Scenario {
  return {
    name: `growth-${depth}`,
    counts: { mq: BATCHES * BATCH },
    fixed: true,
    optional: true,
    once: true,
    warmUp: depth === SHALLOWEST,
    async run({ url, meter, profiled }, count) {
      const broker = createBroker(redisAdapter({ url }))
      const queue = broker.queue(queueOf)
      await broker.ready({ timeoutMs: 60_000 })
      const enqueue = async (first: number, end: number): Promise<void> => {
        for (let n = first; n < end; n += BATCH) {
          await queue.enqueueAll(makeTasks(n, Math.min(n + BATCH, end)).map((payload) => ({ payload })))
        }
      }
      await enqueue(0, depth)
      const audit = new Audit(depth + count)
      await meter.longestStallMs?.()
      const spent = { enqueue: 0, claim: 0, settle: 0 }
      let claimed = 0
      await profiled(async () => {
        let before = await meter.read()
        const since = async (): Promise<number> => {
          const now: Reading = await meter.read()
          const cpuUs = now.cpuUs - before.cpuUs
          before = now
          return cpuUs
        }
        await enqueue(depth, depth + count)
        spent.enqueue = await since()

        while (audit.total < count) {
          // All that one worker may hold at once, held until it is counted, and then settled together.
          let open: (() => void) | undefined
          const gate = new Promise<void>((resolve) => (open = resolve))
          const held = audit.total + Math.min(BATCH, count - audit.total)
          let full: (() => void) | undefined
          const allHeld = new Promise<void>((resolve) => (full = resolve))
          await since()
          const worker = queue.process(
            async ({ n }) => {
              audit.handled(n)
              if (audit.total === held) full?.()
              await gate
              return RESULT
            },
            { concurrency: Math.min(BATCH, count) },
          )
          await allHeld
          claimed += (await queue.stats()).running
          spent.claim += await since()
          open?.()
          await worker.close()
          spent.settle += await since()
        }
      })
      const stallMs = await meter.longestStallMs?.()
      audit.verifyNoneTwice()
      const { waiting } = await queue.stats()
      await broker.close()
      if (waiting !== depth + count - audit.total)
        throw new Error(`${waiting} wait of ${depth + count} after ${audit.total}`)
      return {
        enqueueCpuUs: spent.enqueue / count,
        claimCpuUs: spent.claim / claimed,
        settleCpuUs: spent.settle / audit.total,
        ...(stallMs !== undefined && { stallMs }),
      }
    },
  }
}

const SHALLOWEST = 1_000

export const GROWTH_DEPTHS: readonly number[] = [SHALLOWEST, 10_000, 100_000, 1_000_000, 10_000_000]
export const growth: readonly Scenario[] = GROWTH_DEPTHS.map(scenario)
