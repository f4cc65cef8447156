import { Audit } from '../audit.ts'
import { costBetween } from '../meters/meter.ts'
import { inBulk } from './enqueue.ts'
import { handleAll } from './handle-all.ts'
import { costPerTask } from './per-task.ts'
import type { Scenario } from './scenario.ts'

const CONCURRENCY = 100
/** Who needs longer to take so many is not asked. */
const FILLED_WITHIN_S = 90
const ONCE_ABOVE = 100_000
/** With fewer, what a server allocates at once, or still has from before, is more than they take. */
const WEIGHED_FROM = 100_000

/** Does a claim cost more when more tasks wait behind it? Handles `count` tasks while `depth` others go on waiting. */
function scenario(depth: number): Scenario {
  return {
    name: `depth-${depth}`,
    // The peers can be asked for with `--contenders`; a million of their tasks take a while. A bare BLPOP loses what it
    // holds.
    counts: { mq: 40_000, 'mq-keeping': 40_000, bullmq: 8_000, 'bullmq-otherwise': 8_000, 'bee-queue': 8_000 },
    besideS: ({ bulk }) => depth / bulk,
    size: ({ bulk, process }) => (depth > bulk * FILLED_WITHIN_S ? undefined : Math.ceil(process[2] / 2)),
    optional: true,
    once: depth > ONCE_ABOVE,
    warmUp: depth === SHALLOWEST,
    async run({ url, contender, meter, profiled }, count) {
      const producer = await contender.connectProducer(url)
      const empty = await meter.settledMemory()
      await inBulk(producer, depth + count)
      const bytes = ((await meter.settledMemory()) - empty) / (depth + count)
      const audit = new Audit(depth + count)
      const before = await meter.read()
      const handling = { url, contender, producer, audit, concurrency: CONCURRENCY, until: count }
      const { tookMs } = await profiled(() => handleAll(handling))
      const cost = costBetween(before, await meter.read())
      await producer.close()
      return {
        perSecond: (count / tookMs) * 1_000,
        ...(depth >= WEIGHED_FROM && { bytes }),
        ...costPerTask(contender, cost, audit.total),
      }
    },
  }
}

const SHALLOWEST = 1_000

export const depths: readonly Scenario[] = [SHALLOWEST, 10_000, 100_000, 1_000_000].map(scenario)
