import type { Contender } from '../contenders/contender.ts'
import type { Cost } from '../meters/meter.ts'
import type { Measures } from './scenario.ts'

export function costPerTask(contender: Contender, cost: Cost, count: number): Measures {
  const cpuUs = cost.cpuUs / count
  if (cost.commands === undefined) return { cpuUs }
  return {
    cpuUs,
    commands: cost.commands / count,
    ...(contender.requests && { requests: contender.requests(cost.calls ?? {}) / count }),
  }
}
