import type { Contender } from '../contenders/contender.ts'
import type { Cost } from '../meter.ts'
import type { Measures } from './scenario.ts'

export function costPerTask(contender: Contender, cost: Cost, count: number): Measures {
  return {
    cpuUs: cost.cpuUs / count,
    commands: cost.commands / count,
    requests: contender.requests(cost.calls) / count,
  }
}
