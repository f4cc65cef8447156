import { depths } from './depth.ts'
import { bulk, enqueue } from './enqueue.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
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
  ...depths,
]

export function findScenario(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name)
}
