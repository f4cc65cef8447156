import { depths } from './depth.ts'
import { durable10, durable100 } from './durable.ts'
import { bulk, enqueue } from './enqueue.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { optionCosts } from './option-costs.ts'
import { process1, process10, process100 } from './process.ts'
import { publish } from './publish.ts'
import { slowNeighbour } from './slow-neighbour.ts'
import type { Scenario } from './scenario.ts'

/** In the order in which a round runs them. */
export const SCENARIOS: readonly Scenario[] = [
  enqueue,
  bulk,
  process1,
  process10,
  process100,
  latency,
  memory,
  publish,
  slowNeighbour,
  durable10,
  durable100,
  ...optionCosts,
  ...depths,
]

export function findScenario(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name)
}
