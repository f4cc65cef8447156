import { Audit } from '../audit.ts'
import { RESULT, makeTask } from '../task.ts'
import { quantile } from './latency.ts'
import type { Scenario } from './scenario.ts'
import { within } from './within.ts'

const CONCURRENCY = 10
const LEAD_IN = 20
const ONE_AT_A_TIME = 300
const CALLERS = 100
const ANSWER_WITHIN_MS = 15_000

/** From the call of enqueue to the handler's answer at the caller: one at a time, and a hundred callers at once. */
export const reply: Scenario = {
  name: 'reply',
  counts: {},
  size: ({ process }, { reply: can }) => (can ? Math.min(20_000, process[1]) : undefined),
  warmUp: true,
  async run({ url, contender, profiled }, count) {
    const audit = new Audit(LEAD_IN + ONE_AT_A_TIME + count)
    const asker = await contender.reply!.connectAsker(url)
    const worker = await contender.reply!.connectWorker(url, CONCURRENCY, async ({ n }) => {
      audit.handled(n)
      return RESULT
    })
    worker.run()

    const ask = async (n: number): Promise<number> => {
      const calledAt = performance.now()
      const answer = await within(asker.ask(makeTask(n)), ANSWER_WITHIN_MS, `no answer within ${ANSWER_WITHIN_MS} ms`)
      const tookMs = performance.now() - calledAt
      if ((answer as typeof RESULT | undefined)?.ok !== true)
        throw new Error(`task ${n} was answered with ${String(answer)}`)
      return tookMs
    }
    const measures = await profiled(async () => {
      const alone: number[] = []
      for (let n = 0; n < LEAD_IN + ONE_AT_A_TIME; n++) alone.push(await ask(n))
      const sorted = alone.slice(LEAD_IN).toSorted((a, b) => a - b)
      let next = alone.length
      const startedAt = performance.now()
      const call = async (): Promise<void> => {
        while (next < audit.size) await ask(next++)
      }
      await Promise.all(Array.from({ length: CALLERS }, call))
      const tookMs = performance.now() - startedAt
      return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), perSecond: (count / tookMs) * 1_000 }
    })

    await worker.close()
    await asker.close()
    audit.verify()
    return measures
  },
}
