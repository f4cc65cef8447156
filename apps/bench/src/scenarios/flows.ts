import { setTimeout as pause } from 'node:timers/promises'
import { Audit } from '../audit.ts'
import type { BenchFlows } from '../contenders/flows.ts'
import { costBetween } from '../meters/meter.ts'
import { makeTasks } from '../task.ts'
import type { Task } from '../task.ts'
import { costPerTask } from './per-task.ts'
import type { Scenario } from './scenario.ts'

/** So many flows are added by one call. */
const AT_ONCE = 90
const CONCURRENCY = 100
const STALLED_MS = 15_000
const LOOK_MS = 5

type Kind = 'fanIns' | 'chains'

/** A flow's tasks, in the order in which they may run. */
function scenario(
  name: string,
  size: number,
  kind: Kind,
  mayRun: (handled: Uint8Array, n: number) => boolean,
): Scenario {
  return {
    name,
    counts: { mq: 2_000, bullmq: 500 },
    warmUp: true,
    async run({ url, contender, meter, profiled }, count) {
      const audit = new Audit(count * size)
      const handled = new Uint8Array(audit.size)
      let early = 0
      const flows = await contender.connectFlows!(url, CONCURRENCY, ({ n }) => {
        if (!mayRun(handled, n)) early++
        handled[n] = 1
        audit.handled(n)
      })
      const before = await meter.read()
      const [addedMs, tookMs] = await profiled(() => addAndRun(flows, kind, size, audit))
      const cost = costBetween(before, await meter.read())
      const left = await settled(flows)
      await flows.close()
      audit.verify()
      if (early > 0) throw new Error(`${early} tasks ran before one that they run after`)
      if (left > 0) throw new Error(`all tasks were handled, and ${left} are left`)
      return {
        enqueuedPerSecond: (audit.size / addedMs) * 1_000,
        perSecond: (audit.size / tookMs) * 1_000,
        ...costPerTask(contender, cost, audit.size),
      }
    },
  }
}

/** Answers how long it took to add them, and then to run them. */
async function addAndRun(flows: BenchFlows, kind: Kind, size: number, audit: Audit): Promise<[number, number]> {
  const startedAt = performance.now()
  for (let from = 0; from < audit.size; from += AT_ONCE * size) {
    const some: Task[][] = []
    for (let first = from; first < Math.min(from + AT_ONCE * size, audit.size); first += size) {
      some.push(makeTasks(first, first + size))
    }
    await flows[kind](some)
  }
  const addedAt = performance.now()
  flows.run()
  for (let [seen, movedAt] = [0, addedAt]; audit.total < audit.size; await pause(LOOK_MS)) {
    if (audit.total > seen) [seen, movedAt] = [audit.total, performance.now()]
    else if (performance.now() - movedAt > STALLED_MS) audit.verify()
  }
  return [addedAt - startedAt, performance.now() - addedAt]
}

/** The last ones are settled a moment after their handlers returned. */
async function settled(flows: BenchFlows): Promise<number> {
  let left = await flows.left()
  for (let looks = 0; left > 0 && looks < 100; looks++) {
    await pause(LOOK_MS)
    left = await flows.left()
  }
  return left
}

/** The last of eleven runs after the other ten. */
const FAN_IN = 11
const CHAIN = 10

export const flows: readonly Scenario[] = [
  scenario('flow-10', FAN_IN, 'fanIns', (handled, n) => {
    const first = n - (n % FAN_IN)
    return n - first < FAN_IN - 1 || handled.subarray(first, n).every((times) => times > 0)
  }),
  scenario('chain-10', CHAIN, 'chains', (handled, n) => n % CHAIN === 0 || handled[n - 1]! > 0),
]
