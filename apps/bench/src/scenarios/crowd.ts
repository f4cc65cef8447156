import { idleLatency } from './latency.ts'
import type { Scenario } from './scenario.ts'

/** Workers of one queue, each with connections of its own, as of that many small processes. */
export const CROWD = 500

/** Who is woken, and how soon, when many sleep. */
export const crowd: Scenario = idleLatency('crowd', CROWD, {
  counts: { mq: 500, bullmq: 500, 'bee-queue': 500, bare: 500 },
})
