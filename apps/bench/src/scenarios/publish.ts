import { Audit } from '../audit.ts'
import { costBetween } from '../meters/meter.ts'
import { makeTask } from '../task.ts'
import type { Scenario } from './scenario.ts'
import { atMost } from './within.ts'

const CALLERS = 1_000
const ARRIVE_WITHIN_MS = 15_000

/** A thousand concurrent publishers of one process, one subscriber; done when every message has arrived. */
export const publish: Scenario = {
  name: 'publish',
  counts: { mq: 80_000, bare: 80_000, qified: 40_000, 'mqemitter-redis': 40_000 },
  warmUp: true,
  async run({ url, contender, meter, profiled }, count) {
    const audit = new Audit(count)
    let onAll: (() => void) | undefined
    const arrived = new Promise<void>((resolve) => (onAll = resolve))
    const topic = await contender.connectTopic!(url, ({ n }) => {
      audit.handled(n)
      if (audit.total === count) onAll?.()
    })
    const before = await meter.read()
    const startedAt = performance.now()
    await profiled(async () => {
      let next = 0
      const call = async (): Promise<void> => {
        while (next < count) await topic.publish(makeTask(next++))
      }
      await Promise.all(Array.from({ length: CALLERS }, call))
      await atMost(ARRIVE_WITHIN_MS, arrived)
    })
    const tookMs = performance.now() - startedAt
    audit.verify()
    const cost = costBetween(before, await meter.read())
    await topic.close()
    return { perSecond: (count / tookMs) * 1_000, cpuUs: cost.cpuUs / count, commands: cost.commands! / count }
  },
}
