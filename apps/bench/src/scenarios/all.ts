import { batches } from './batches.ts'
import { crowd } from './crowd.ts'
import { depths } from './depth.ts'
import { durable10, durable100 } from './durable.ts'
import { bulk, enqueue } from './enqueue.ts'
import { flows } from './flows.ts'
import { http10, http100 } from './http.ts'
import { inbox } from './inbox.ts'
import { isolated } from './isolated.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { openLoop } from './open-loop.ts'
import { optionCosts } from './option-costs.ts'
import { fanOuts } from './fan-out.ts'
import { growth } from './growth.ts'
import { partitions } from './partitions.ts'
import { payloads } from './payload.ts'
import { roundTrips } from './round-trip.ts'
import { workers } from './workers.ts'
import { process1, process10, process100, process1000 } from './process.ts'
import { publish } from './publish.ts'
import { reply } from './reply.ts'
import { schedules } from './schedules.ts'
import { orderedGroups } from './ordered-group.ts'
import { slowNeighbour } from './slow-neighbour.ts'
import { tenants } from './tenants.ts'
import type { Scenario } from './scenario.ts'

/** What a round of the libraries runs, in that order. */
export const LIBRARY_SCENARIOS: readonly Scenario[] = [
  enqueue,
  bulk,
  process1,
  process10,
  process100,
  latency,
  crowd,
  memory,
  publish,
  slowNeighbour,
  durable10,
  durable100,
  ...optionCosts,
  schedules,
  ...flows,
  inbox,
  ...batches,
  ...isolated,
]

/** What every system is asked for, in each class of durability. */
export const SYSTEM_SCENARIOS: readonly Scenario[] = [
  enqueue,
  bulk,
  process1,
  process10,
  process100,
  process1000,
  latency,
  openLoop,
  reply,
]

/** What shows more of a system, in one class. */
export const WIDE_SCENARIOS: readonly Scenario[] = [
  ...payloads,
  ...workers,
  ...roundTrips,
  ...fanOuts,
  durable100,
  ...depths,
]

export const MEMORY_SCENARIOS: readonly Scenario[] = [
  enqueue,
  bulk,
  process1,
  process10,
  process100,
  process1000,
  latency,
  openLoop,
  reply,
]

export const WEB_SCENARIOS: readonly Scenario[] = [http10, http100]

/** Tenants that share a queue, and keys that share a group. */
export const PARTITION_SCENARIOS: readonly Scenario[] = partitions

export const SHARING_SCENARIOS: readonly Scenario[] = [...tenants, ...orderedGroups]

/** What mq itself costs as its queue grows. */
export const GROWTH_SCENARIOS: readonly Scenario[] = growth

export const SCENARIOS: readonly Scenario[] = [
  ...new Set([
    ...LIBRARY_SCENARIOS,
    ...SYSTEM_SCENARIOS,
    ...WIDE_SCENARIOS,
    ...MEMORY_SCENARIOS,
    ...WEB_SCENARIOS,
    ...SHARING_SCENARIOS,
    ...PARTITION_SCENARIOS,
    ...GROWTH_SCENARIOS,
  ]),
]

export function findScenario(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name)
}
