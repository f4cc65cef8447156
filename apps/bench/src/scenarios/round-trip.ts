import { Audit } from '../audit.ts'
import { handleAll } from './handle-all.ts'
import type { Scenario } from './scenario.ts'
import { makeTask } from '../task.ts'

const CALLERS = 100
const CONCURRENCY = 10
/** Of what is done without a delay. */
const SHARE = 0.5

/** A server that is this far away: enqueueing by a hundred callers, and processing at concurrency 10. */
function scenario(delayMs: number): Scenario {
  return {
    name: `round-trip-${delayMs}`,
    counts: {},
    size: ({ enqueue, process }) => Math.ceil(Math.min(enqueue, process[1]) * SHARE),
    warmUp: false,
    async run({ url, contender, helper, profiled }, count) {
      const proxy = helper('proxy')
      try {
        const away = new URL(url)
        away.port = String(await proxy.ask({ port: Number(away.port), delayMs }))
        const far = { url: away.href, contender }
        const producer = await contender.connectProducer(far.url)
        const startedAt = performance.now()
        await profiled(async () => {
          let next = 0
          const call = async (): Promise<void> => {
            while (next < count) await producer.enqueue(makeTask(next++))
          }
          await Promise.all(Array.from({ length: CALLERS }, call))
        })
        const enqueuedMs = performance.now() - startedAt
        const audit = new Audit(count)
        const { tookMs } = await handleAll({ ...far, producer, audit, concurrency: CONCURRENCY })
        await producer.close()
        return { enqueuedPerSecond: (count / enqueuedMs) * 1_000, perSecond: (count / tookMs) * 1_000 }
      } finally {
        proxy.end()
      }
    },
  }
}

export const roundTrips: readonly Scenario[] = [1, 5].map(scenario)
