import { setTimeout as pause } from 'node:timers/promises'
import { costBetween } from '../meters/meter.ts'
import { quantile } from './latency.ts'
import type { Scenario } from './scenario.ts'

const NAMES = 100_000
const AT_ONCE = 100
const IDLE_MS = 10_000
const EVERY_MS = 100
const TICKS = 60

/** What many schedules cost that are due once a year, and how late one is beside them that ticks ten times a second. */
export const schedules: Scenario = {
  name: 'schedules',
  counts: { mq: NAMES, bullmq: NAMES },
  fixed: true,
  // It takes a minute.
  optional: true,
  warmUp: false,
  async run({ url, contender, meter, profiled }, count) {
    const lateMs: number[] = []
    const instants: number[] = []
    const scheduler = await contender.connectScheduler!(url, (instant) => {
      instants.push(instant)
      lateMs.push(Date.now() - instant)
    })
    const before = await meter.settledMemory()
    const startedAt = performance.now()
    let next = 0
    const set = async (): Promise<void> => {
      while (next < count) await scheduler.setYearly(`schedule-${next++}`)
    }
    await profiled(() => Promise.all(Array.from({ length: AT_ONCE }, set)))
    const tookMs = performance.now() - startedAt
    // Of a few schedules a server may give back more elsewhere than they take.
    const bytes = Math.max(0, (await meter.settledMemory()) - before) / count
    const idleBefore = await meter.read()
    await pause(IDLE_MS)
    const idle = costBetween(idleBefore, await meter.read())
    await scheduler.setEvery('often', EVERY_MS)
    while (lateMs.length < TICKS) await pause(EVERY_MS)
    await scheduler.close()
    if (new Set(instants).size < instants.length) throw new Error('an instant had two tasks')
    const sorted = lateMs.slice(1).toSorted((a, b) => a - b)
    return {
      perSecond: (count / tookMs) * 1_000,
      bytes,
      idleCpuUs: (idle.cpuUs / IDLE_MS) * 1_000,
      idleCommands: ((idle.commands ?? 0) / IDLE_MS) * 1_000,
      p50Ms: quantile(sorted, 0.5),
      p99Ms: quantile(sorted, 0.99),
    }
  },
}
