import { Audit } from '../audit.ts'
import type { Producer } from '../contenders/contender.ts'
import { RESULT, makeTask } from '../task.ts'
import { quantile } from './latency.ts'
import { OpenLoopClock } from './open-loop-clock.ts'
import type { Scenario, Stage } from './scenario.ts'
import { atMost } from './within.ts'

const CONCURRENCY = 100
const CALLERS = 100
const LOAD = 0.5
/** Above this the sender itself, which shares its thread with the worker, is what is measured. */
const MOST_PER_SECOND = 50_000
/** Until connections, code and the worker's sleep have settled. */
const LEAD_IN_SHARE = 0.2
const ALL_WITHIN_MS = 30_000

/**
 * Tasks that come at half the rate that the contender can enqueue and process at the same time, whether or not it keeps
 * up: from the moment at which each was meant to be sent to its handler.
 */
export const openLoop: Scenario = {
  name: 'open-loop',
  counts: {},
  size: ({ enqueue, process }) => Math.min(enqueue, process[2]),
  warmUp: false,
  async run(stage, count) {
    const perSecond = Math.min(MOST_PER_SECOND, (await capacity(stage, count)) * LOAD)
    // As many as before, so it lasts twice as long.
    const latencies = await stage.profiled(() => steadily(stage, perSecond, count))
    const counted = latencies.slice(Math.floor(count * LEAD_IN_SHARE)).toSorted((a, b) => a - b)
    return { offeredPerSecond: perSecond, p50Ms: quantile(counted, 0.5), p99Ms: quantile(counted, 0.99) }
  },
}

/** Tasks a second with callers that wait for each task to be stored, and a worker beside them. */
async function capacity(stage: Stage, count: number): Promise<number> {
  const startedAt = performance.now()
  await throughWorker(
    stage,
    new Audit(count),
    () => undefined,
    async (producer) => {
      let next = 0
      const call = async (): Promise<void> => {
        while (next < count) await producer.enqueue(makeTask(next++))
      }
      await Promise.all(Array.from({ length: CALLERS }, call))
    },
  )
  return (count / (performance.now() - startedAt)) * 1_000
}

/** The latency of each task, ms, by its number. */
async function steadily(stage: Stage, perSecond: number, count: number): Promise<number[]> {
  const latencies = Array.from({ length: count }, () => Number.NaN)
  let clock: OpenLoopClock | undefined
  const onHandled = (n: number): void => void (latencies[n] = performance.now() - clock!.intendedAt(n))
  await throughWorker(stage, new Audit(count), onHandled, async (producer) => {
    clock = new OpenLoopClock(performance.now(), perSecond, count)
    const calls: Promise<unknown>[] = []
    while (!clock.done) {
      for (const n of clock.due(performance.now())) calls.push(producer.enqueue(makeTask(n)))
      // A turn of the event loop would take a processor from the server: a timer's millisecond is part of the latency.
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await Promise.all(calls)
  })
  return latencies
}

async function throughWorker(
  { url, contender }: Stage,
  audit: Audit,
  onHandled: (n: number) => void,
  produce: (producer: Producer) => Promise<void>,
): Promise<void> {
  const producer = await contender.connectProducer(url)
  let finish: (() => void) | undefined
  const all = new Promise<void>((resolve) => (finish = resolve))
  const worker = await contender.connectWorker(url, CONCURRENCY, async ({ n }) => {
    audit.handled(n)
    onHandled(n)
    if (audit.total === audit.size) finish?.()
    return RESULT
  })
  worker.run()
  try {
    await produce(producer)
    await atMost(ALL_WITHIN_MS, all)
  } finally {
    await worker.close()
    await producer.close()
  }
  audit.verify()
}
