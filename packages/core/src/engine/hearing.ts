import type { Hint } from '../ports/hint.ts'
import type { Claimer } from './claimer.ts'
import type { Executor } from './executor.ts'
import type { Gate } from './gate.ts'
import type { Lanes } from './lanes.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { Listener } from './listening.ts'
import type { PassOn } from './pass-on.ts'
import type { Ticker } from './ticker.ts'
import type { TurnLoop } from './turn-loop.ts'

export interface HearingParts {
  readonly claimer: Claimer
  readonly gate: Gate
  readonly keeper: LeaseKeeper
  readonly lanes: Lanes
  readonly executor: Executor
  readonly loop: TurnLoop
  readonly passOn: PassOn
  readonly ticker: Ticker
}

/** Handles the hints that reach a worker. */
export class Hearing implements Listener {
  readonly #parts: HearingParts

  constructor(parts: HearingParts) {
    this.#parts = parts
  }

  hear(hint: Hint): void {
    const { claimer, gate, lanes, loop, passOn, ticker } = this.#parts
    if (hint.kind === 'reconnected') claimer.wake()
    else if (hint.kind === 'work') {
      passOn.hinted()
      claimer.wake()
      ticker.kick()
    } else if (hint.kind === 'grant') {
      if (hint.worker === lanes.worker) loop.receive(hint.task)
    } else if (hint.kind === 'paused') gate.pause(lanes.count)
    else if (hint.kind === 'cancel') this.#cancelled(hint.lease, hint.reason)
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
