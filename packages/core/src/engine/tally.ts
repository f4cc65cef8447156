import type { Settlement } from '../ports/queue-driver.ts'

/** What a worker has done so far. */
export class Tally {
  completed = 0
  failed = 0
  retried = 0
  buried = 0
  stale = 0
  released = 0

  /** How a run ended. */
  count(settlement: Settlement): void {
    if (settlement.kind === 'complete') this.completed++
    if (settlement.kind === 'bury') this.buried++
    if (settlement.kind === 'retry') this.retried++
    if (settlement.kind === 'bury' || (settlement.kind === 'retry' && settlement.charge)) this.failed++
  }
}
