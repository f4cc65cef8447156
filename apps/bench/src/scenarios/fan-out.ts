import { makeTask } from '../task.ts'
import type { Scenario } from './scenario.ts'
import { atMost } from './within.ts'

const CALLERS = 100
const ARRIVE_WITHIN_MS = 15_000
const MESSAGES = 20_000

/** One publisher, and this many subscribers with a connection each, all in one process: done when each has all. */
function scenario(subscribers: number): Scenario {
  return {
    name: `fanout-${subscribers}`,
    counts: {},
    size: (_pace, { connectTopic }) => (connectTopic ? Math.ceil(MESSAGES / Math.sqrt(subscribers * 2)) : undefined),
    warmUp: true,
    async run({ url, contender, profiled }, count) {
      const times = new Uint32Array(count)
      let arrived = 0
      let finish: (() => void) | undefined
      const all = new Promise<void>((resolve) => (finish = resolve))
      const onMessage = ({ n }: { readonly n: number }): void => {
        times[n]!++
        if (++arrived === count * subscribers) finish?.()
      }
      const topic = await contender.connectTopic!(url, onMessage, subscribers)
      const startedAt = performance.now()
      await profiled(async () => {
        let next = 0
        const call = async (): Promise<void> => {
          while (next < count) await topic.publish(makeTask(next++))
        }
        await Promise.all(Array.from({ length: CALLERS }, call))
        await atMost(ARRIVE_WITHIN_MS, all)
      })
      const tookMs = performance.now() - startedAt
      await topic.close()
      const wrong = times.findIndex((received) => received !== subscribers)
      if (wrong !== -1) throw new Error(`message ${wrong} arrived ${times[wrong]} times at ${subscribers} subscribers`)
      return { perSecond: ((count * subscribers) / tookMs) * 1_000 }
    },
  }
}

export const fanOuts: readonly Scenario[] = [1, 10, 100].map(scenario)
