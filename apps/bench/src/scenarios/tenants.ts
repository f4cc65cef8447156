import { setTimeout as pause } from 'node:timers/promises'
import { Audit } from '../audit.ts'
import type { BenchTenants } from '../contenders/tenants.ts'
import { costBetween } from '../meters/meter.ts'
import { makeTask } from '../task.ts'
import { quantile } from './latency.ts'
import { costPerTask } from './per-task.ts'
import type { Scenario } from './scenario.ts'

const AT_ONCE = 1_000
const STALLED_MS = 15_000
const LOOK_MS = 2

/** Tasks of each tenant, where many share a queue. */
const OF_EACH = 5

/** Enqueued in bulk, then handled at concurrency 100: by the tenants' names, one task of each in turn, in order. */
const many: Scenario = {
  name: 'tenants',
  counts: { mq: 100_000, groupmq: 20_000 },
  warmUp: true,
  async run({ url, contender, meter, profiled }, count) {
    const audit = new Audit(count)
    const last = new Map<number, number>()
    const tenants = Math.ceil(count / OF_EACH)
    let early = 0
    const queue = await contender.connectTenants!(url, {
      concurrency: 100,
      named: true,
      inOrder: true,
      onTask({ n }) {
        const tenant = n % tenants
        if ((last.get(tenant) ?? -1) > n) early++
        last.set(tenant, n)
        audit.handled(n)
      },
    })
    const before = await meter.read()
    const startedAt = performance.now()
    const addedMs = await profiled(async () => {
      await addAll(queue, count, (n) => `tenant-${n % tenants}`)
      const took = performance.now() - startedAt
      queue.run()
      await allHandled(audit)
      return took
    })
    const tookMs = performance.now() - startedAt - addedMs
    const cost = costBetween(before, await meter.read())
    await queue.close()
    audit.verify()
    if (early > 0) throw new Error(`${early} tasks of a tenant were not in order`)
    return {
      enqueuedPerSecond: (count / addedMs) * 1_000,
      perSecond: (count / tookMs) * 1_000,
      ...costPerTask(contender, cost, count),
    }
  },
}

const TASK_MS = 1
const QUIET = 40
const EVERY_MS = 25

/** One tenant has thousands of tasks of a millisecond, the other adds one now and then: how long that waits. */
function beside(name: string, named: boolean, counts: Scenario['counts']): Scenario {
  return {
    name,
    counts,
    fixed: true,
    warmUp: false,
    async run({ url, contender, profiled }, count) {
      const audit = new Audit(count + QUIET)
      const addedAt = new Map<number, number>()
      const waits: number[] = []
      const queue = await contender.connectTenants!(url, {
        concurrency: 10,
        named,
        inOrder: false,
        async onTask({ n }) {
          const at = addedAt.get(n)
          if (at !== undefined) waits.push(performance.now() - at)
          await pause(TASK_MS)
          audit.handled(n)
        },
      })
      await addAll(queue, count, () => 'loud')
      queue.run()
      await profiled(async () => {
        for (let n = count; n < count + QUIET; n++) {
          await pause(EVERY_MS)
          addedAt.set(n, performance.now())
          await queue.add([{ task: makeTask(n), tenant: 'quiet' }])
        }
        await allHandled(audit)
      })
      await queue.close()
      audit.verify()
      const sorted = waits.toSorted((a, b) => a - b)
      return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) }
    },
  }
}

const RATE = { count: 100, perMs: 100 }

/** A thousand tasks may begin in a second: what it costs to keep the others back, and how well they are kept. */
const limited: Scenario = {
  name: 'rate-1000',
  counts: { mq: 3_000, bullmq: 3_000 },
  fixed: true,
  warmUp: false,
  async run({ url, contender, meter, profiled }, count) {
    const audit = new Audit(count)
    const starts: number[] = []
    const queue = await contender.connectTenants!(url, {
      concurrency: 100,
      named: false,
      inOrder: false,
      rate: RATE,
      onTask({ n }) {
        starts.push(performance.now())
        audit.handled(n)
      },
    })
    await addAll(queue, count, () => '')
    const before = await meter.read()
    queue.run()
    await profiled(() => allHandled(audit))
    const cost = costBetween(before, await meter.read())
    await queue.close()
    audit.verify()
    const tookMs = starts.at(-1)! - starts[0]!
    return {
      perSecond: (count / tookMs) * 1_000,
      most: mostWithin(starts, RATE.perMs),
      ...costPerTask(contender, cost, count),
    }
  },
}

/** The most that began in any such time. */
function mostWithin(starts: readonly number[], ms: number): number {
  let [first, most] = [0, 0]
  starts.forEach((at, i) => {
    while (starts[first]! <= at - ms) first++
    most = Math.max(most, i - first + 1)
  })
  return most
}

async function addAll(queue: BenchTenants, count: number, tenantOf: (n: number) => string): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const size = Math.min(AT_ONCE, count - from)
    await queue.add(Array.from({ length: size }, (_, i) => ({ task: makeTask(from + i), tenant: tenantOf(from + i) })))
  }
}

async function allHandled(audit: Audit): Promise<void> {
  for (let [seen, movedAt] = [0, performance.now()]; audit.total < audit.size; await pause(LOOK_MS)) {
    if (audit.total > seen) [seen, movedAt] = [audit.total, performance.now()]
    else if (performance.now() - movedAt > STALLED_MS) audit.verify()
  }
}

export const tenants: readonly Scenario[] = [
  many,
  beside('quiet-tenant', true, { mq: 20_000, groupmq: 20_000, bullmq: 20_000 }),
  beside('quiet-unnamed', false, { mq: 20_000 }),
  limited,
]
