import { Audit } from '../audit.ts'
import { makeSizedTask } from '../task.ts'
import { handleAll } from './handle-all.ts'
import type { Scenario } from './scenario.ts'

const CONCURRENCY = 100
const MOST_IN_A_CALL = 1_000
/** Below every system's limit. */
const CALL_BYTES = 1_000_000

/** A task's whole way, enqueued in bulk and processed at concurrency 100, with a payload of this size. */
function scenario(name: string, bytes: number, share: number): Scenario {
  return {
    name: `payload-${name}`,
    counts: {},
    size: ({ bulk, process }) => Math.ceil(Math.min(bulk, process[2]) * share),
    warmUp: true,
    async run({ url, contender, meter, profiled }, count) {
      const producer = await contender.connectProducer(url)
      const inCall = Math.min(MOST_IN_A_CALL, Math.ceil(CALL_BYTES / bytes))
      const before = await meter.read()
      const startedAt = performance.now()
      const { filledMs, tookMs } = await profiled(async () => {
        for (let first = 0; first < count; first += inCall) {
          const size = Math.min(inCall, count - first)
          await producer.enqueueAll(Array.from({ length: size }, (_, i) => makeSizedTask(first + i, bytes)))
        }
        const filled = performance.now() - startedAt
        const handling = { url, contender, producer, audit: new Audit(count), concurrency: CONCURRENCY }
        return { filledMs: filled, ...(await handleAll(handling)) }
      })
      const cpuUs = ((await meter.read()).cpuUs - before.cpuUs) / count
      await producer.close()
      return { perSecond: (count / (filledMs + tookMs)) * 1_000, cpuUs }
    },
  }
}

export const payloads: readonly Scenario[] = [
  scenario('16', 16, 1),
  scenario('1k', 1_000, 0.6),
  scenario('10k', 10_000, 0.2),
]
