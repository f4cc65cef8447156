import { Audit } from '../audit.ts'
import { RESULT, makeTask } from '../task.ts'
import type { Scenario } from './scenario.ts'
import { within } from './within.ts'

/** Long enough for a worker to settle and to fall asleep, and not in step with anything. */
const IDLE_MS = 4
const IDLE_JITTER_MS = 3
const ANSWER_WITHIN_MS = 15_000
/** Not counted: a worker that has just begun is not idle yet. */
const LEAD_IN = 20

/** From the call of enqueue to the start of the handler, one task at a time, all workers asleep before each. */
export function idleLatency(name: string, workers: number, rest: Pick<Scenario, 'counts' | 'size'>): Scenario {
  return {
    name,
    ...rest,
    fixed: true,
    warmUp: workers === 1,
    async run({ url, contender, profiled }, count) {
      const audit = new Audit(LEAD_IN + count)
      let onHandled: ((at: number) => void) | undefined
      const producer = await contender.connectProducer(url)
      const all = await Promise.all(
        Array.from({ length: workers }, () =>
          contender.connectWorker(url, 1, async ({ n }) => {
            audit.handled(n)
            onHandled?.(performance.now())
            return RESULT
          }),
        ),
      )
      for (const worker of all) worker.run()

      const sample = async (n: number): Promise<number> => {
        await pause(IDLE_MS + Math.random() * IDLE_JITTER_MS)
        const handled = new Promise<number>((resolve) => (onHandled = resolve))
        const calledAt = performance.now()
        const [handledAt] = await Promise.all([
          within(handled, ANSWER_WITHIN_MS, `a task was not handled within ${ANSWER_WITHIN_MS} ms`),
          producer.enqueue(makeTask(n)),
        ])
        return handledAt - calledAt
      }
      const samples = await profiled(async () => {
        const taken: number[] = []
        for (let n = 0; n < audit.size; n++) taken.push(await sample(n))
        return taken.slice(LEAD_IN)
      })

      await Promise.all(all.map((worker) => worker.close()))
      audit.verify()
      await producer.close()
      samples.sort((a, b) => a - b)
      return { p50Ms: quantile(samples, 0.5), p99Ms: quantile(samples, 0.99) }
    },
  }
}

export const latency: Scenario = idleLatency('latency', 1, {
  counts: { mq: 300, 'mq-keeping': 300, bullmq: 300, 'bullmq-otherwise': 300, 'bee-queue': 300, bare: 300 },
  size: () => 300,
})

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
