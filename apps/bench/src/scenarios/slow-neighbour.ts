import { makeTask } from '../task.ts'
import { quantile } from './latency.ts'
import type { Scenario } from './scenario.ts'

const PHASES = 10
const PAUSE_MS = 1
const SLOW_MS = 50
const ARRIVE_WITHIN_MS = 15_000

/**
 * What a slow subscriber costs a fast one in the same process: from the call of publish to the fast one's handler, with
 * and without a neighbour that takes 50 ms for each message, in turns.
 */
export const slowNeighbour: Scenario = {
  name: 'slow-neighbour',
  counts: { mq: 4_000 },
  warmUp: true,
  async run({ url, contender, profiled }, count) {
    const publishedAt: number[] = []
    const taken: { readonly alone: number[]; readonly beside: number[] } = { alone: [], beside: [] }
    let phase: keyof typeof taken = 'alone'
    let arrived = 0
    const topic = await contender.connectTopic!(url, ({ n }) => {
      taken[phase].push(performance.now() - publishedAt[n]!)
      arrived++
    })
    const inPhase = Math.ceil(count / PHASES)
    await profiled(async () => {
      for (let n = 0; n < inPhase * PHASES; n++) {
        if (n % inPhase === 0) {
          await within(() => arrived === n, ARRIVE_WITHIN_MS)
          phase = (n / inPhase) % 2 === 0 ? 'alone' : 'beside'
          await topic.neighbour?.(phase === 'beside' ? SLOW_MS : undefined)
        }
        publishedAt[n] = performance.now()
        await topic.publish(makeTask(n))
        await pause(PAUSE_MS)
      }
      await within(() => arrived === inPhase * PHASES, ARRIVE_WITHIN_MS)
    })
    await topic.close()
    for (const each of Object.values(taken)) each.sort((a, b) => a - b)
    return { aloneP99Ms: quantile(taken.alone, 0.99), besideP99Ms: quantile(taken.beside, 0.99) }
  },
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function within(condition: () => boolean, ms: number): Promise<void> {
  for (const endAt = performance.now() + ms; !condition(); await pause(1)) {
    if (performance.now() > endAt) throw new Error(`not all messages arrived within ${ms} ms`)
  }
}
