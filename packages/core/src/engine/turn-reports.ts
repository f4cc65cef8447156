import type { Services } from '../services/services.ts'
import type { TurnReply } from '../ports/queue-driver.ts'
import { BurstReport, describeForeign, describeLetters } from './burst-report.ts'
import type { Tally } from './tally.ts'

export interface TurnReportsParts {
  readonly queue: string
  readonly services: Services
  readonly tally: Tally
}

/** Reports what the reply of a turn contains besides claimed tasks: stale settlements, and what was dropped. */
export class TurnReports {
  readonly #parts: TurnReportsParts
  readonly #dropped: BurstReport
  readonly #foreign: BurstReport

  constructor(parts: TurnReportsParts) {
    this.#parts = parts
    this.#dropped = new BurstReport(parts.queue, parts.services, describeLetters)
    this.#foreign = new BurstReport(parts.queue, parts.services, describeForeign)
  }

  add({ stale, deadDropped, foreign }: TurnReply): void {
    if (stale.length > 0) this.#stale(stale.length)
    if (deadDropped) this.#dropped.add(deadDropped)
    if (foreign) this.#foreign.add(foreign)
  }

  /** Reports now what was not reported yet. */
  flush(): void {
    this.#dropped.flush()
    this.#foreign.flush()
  }

  #stale(count: number): void {
    const { queue, services, tally } = this.#parts
    tally.wereStale(count)
    services.logger.warn({ queue, count }, 'settlements refused: their leases were lost')
  }
}
