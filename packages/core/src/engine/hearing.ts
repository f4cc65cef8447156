import type { Hint } from '../ports/queue-driver.ts'
import type { Claimer } from './claimer.ts'
import type { Held } from './held.ts'
import type { Intake } from './intake.ts'
import type { Isolation } from './isolation.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import { SUSPECT_AT } from './triage.ts'
import type { Claim, Turns } from './turns.ts'

export interface HearingParts {
  readonly claimer: Claimer
  readonly isolation: Isolation
  readonly intake: Intake
  readonly keeper: LeaseKeeper
  readonly turns: () => Turns
  /** A task that is held was cancelled. */
  readonly onCancelled: (held: Held, reason: string) => void
}

/** What becomes of the hints that reach a worker. One of work that it cannot heed goes on to another worker. */
export class Hearing {
  readonly #parts: HearingParts
  /** Of work, and nothing was claimed since. */
  #hinted = false

  constructor(parts: HearingParts) {
    this.#parts = parts
  }

  hear(hint: Hint): void {
    const { claimer, intake, turns } = this.#parts
    if (hint.kind === 'reconnected') claimer.wake()
    else if (hint.kind === 'work') {
      this.#hinted = true
      claimer.wake()
      turns().kick()
    } else if (hint.kind === 'paused') intake.pause(turns().count)
    else if (hint.kind === 'cancel') this.#cancelled(hint.lease, hint.reason)
  }

  /** Something is claimed now. */
  heeded(): void {
    this.#hinted = false
  }

  /** The empty turn that passes a hint on: it reached this worker only, which claims nothing. */
  passOn(): Claim | undefined {
    const { claimer, isolation } = this.#parts
    if (!this.#hinted || !(claimer.closed || isolation.claimsNothing)) return undefined
    this.#hinted = false
    return { want: 0, maxBytes: 0, suspectFrom: SUSPECT_AT }
  }

  #cancelled(lease: string, reason: string): void {
    const { intake, keeper, turns, onCancelled } = this.#parts
    const held = keeper.get(lease)
    if (held === undefined) {
      if (!turns().idle) intake.cancelled(lease)
      return
    }
    keeper.release(lease)
    onCancelled(held, reason)
  }
}
