import type { Services } from '../services/services.ts'
import type { ClaimedTask, Settlement } from '../ports/queue-driver.ts'
import { heldOf } from './held.ts'
import type { Held } from './held.ts'
import type { Isolation } from './isolation.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { Settler } from './settler.ts'
import type { Tally } from './tally.ts'
import { triage } from './triage.ts'

export interface AdmissionParts {
  readonly queue: string
  readonly services: Services
  readonly keeper: LeaseKeeper
  readonly isolation: Isolation
  readonly settler: Settler
  readonly tally: Tally
  readonly release: (held: Held) => void
}

/** What becomes of a claimed task: it is held, and then run among others, run alone, given back, or ended unrun. */
export class Admission {
  readonly #parts: AdmissionParts

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /** Answers a task that is to be run among others; all of them while the worker is `quiet`, which runs none. */
  admit(task: ClaimedTask, sentAt: number, quiet: boolean): Held | undefined {
    const { keeper, isolation, release } = this.#parts
    const held = heldOf(task)
    keeper.hold(held, sentAt)
    const verdict = quiet ? 'run' : triage(held)
    if (verdict === 'run') return held
    if (verdict !== 'alone') this.#endUnrun(held, verdict)
    else if (!isolation.admit(held, keeper.size)) release(held)
    return undefined
  }

  #endUnrun(held: Held, settlement: Settlement): void {
    const { queue, services, settler, tally } = this.#parts
    const reason = settlement.kind === 'bury' ? settlement.reason : settlement.kind
    const { n, crashes } = held.task
    services.logger.warn({ queue, n, reason, crashes }, 'a task ends without being run')
    if (settlement.kind === 'bury') tally.buried++
    settler.add(settlement)
  }
}
