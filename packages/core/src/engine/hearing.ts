import type { Hint } from '../ports/queue-driver.ts'
import type { Claimer } from './claimer.ts'
import type { Executor } from './executor.ts'
import type { Gate } from './gate.ts'
import type { Isolation } from './isolation.ts'
import type { Lanes } from './lanes.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { Listener } from './listening.ts'
import type { Ticker } from './ticker.ts'

export interface HearingParts {
  readonly claimer: Claimer
  readonly isolation: Isolation
  readonly gate: Gate
  readonly keeper: LeaseKeeper
  readonly lanes: Lanes
  readonly executor: Executor
  readonly ticker: Ticker
}

/** Handles the hints that reach a worker. A hint of work that it cannot use is passed on to another worker. */
export class Hearing implements Listener {
  readonly #parts: HearingParts
  /** A hint of work arrived, and nothing was claimed since. */
  #hinted = false

  constructor(parts: HearingParts) {
    this.#parts = parts
  }

  hear(hint: Hint): void {
    const { claimer, gate, lanes, ticker } = this.#parts
    if (hint.kind === 'reconnected') claimer.wake()
    else if (hint.kind === 'work') {
      this.#hinted = true
      claimer.wake()
      ticker.kick()
    } else if (hint.kind === 'paused') gate.pause(lanes.count)
    else if (hint.kind === 'cancel') this.#cancelled(hint.lease, hint.reason)
  }

  /** A claim is being sent. */
  heeded(): void {
    this.#hinted = false
  }

  /** A hint reached only this worker, which claims nothing: true once. An empty turn passes it on. */
  passesOn(): boolean {
    if (!this.#hinted) return false
    const { claimer, isolation } = this.#parts
    if (!claimer.closed && !isolation.claimsNothing) return false
    this.#hinted = false
    return true
  }

  #cancelled(lease: string, reason: string): void {
    const { executor, gate, keeper, lanes } = this.#parts
    const held = keeper.get(lease)
    if (held === undefined) {
      if (!lanes.idle) gate.cancelled(lease)
      return
    }
    keeper.release(lease)
    executor.drop(held, 'task-cancelled', 'the task was cancelled', reason)
  }
}
