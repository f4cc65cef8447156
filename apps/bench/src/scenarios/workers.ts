import { Audit } from '../audit.ts'
import { inBulk } from './enqueue.ts'
import type { Scenario } from './scenario.ts'
import { atMost } from './within.ts'

const CONCURRENCY = 100
const ALL_WITHIN_MS = 60_000

/** What waits, processed by several worker processes at concurrency 100 each. */
function scenario(processes: number): Scenario {
  return {
    name: `workers-${processes}`,
    counts: {},
    size: ({ process }) => process[2],
    warmUp: false,
    async run({ url, contender, helper, profiled }, count) {
      const producer = await contender.connectProducer(url)
      await inBulk(producer, count)
      const audit = new Audit(count)
      let finish: (() => void) | undefined
      const all = new Promise<void>((resolve) => (finish = resolve))
      const workers = Array.from({ length: processes }, () => helper('worker'))
      try {
        for (const worker of workers) {
          worker.onTold((numbers) => {
            for (const n of numbers as readonly number[]) audit.handled(n)
            if (audit.total >= count) finish?.()
          })
        }
        const order = { act: 'connect', url, contender: contender.name, concurrency: CONCURRENCY }
        await Promise.all(workers.map((worker) => worker.ask(order)))
        const startedAt = performance.now()
        await profiled(async () => {
          await Promise.all(workers.map((worker) => worker.ask({ act: 'run' })))
          await atMost(ALL_WITHIN_MS, all)
        })
        const tookMs = performance.now() - startedAt
        await Promise.all(workers.map((worker) => worker.ask({ act: 'close' })))
        audit.verify()
        await producer.close()
        return { perSecond: (count / tookMs) * 1_000 }
      } finally {
        for (const worker of workers) worker.end()
      }
    },
  }
}

export const workers: readonly Scenario[] = [1, 2, 4].map(scenario)
