import type { Services } from '../services/services.ts'
import type { Buffer } from './buffer.ts'
import type { Held } from './held.ts'
import type { Pace } from './pace.ts'
import type { Settler } from './settler.ts'
import type { Tally } from './tally.ts'
import type { Ticker } from './ticker.ts'

export interface ReturnsParts {
  readonly services: Pick<Services, 'clock'>
  readonly buffer: Buffer
  readonly pace: Pace
  readonly settler: Settler
  readonly tally: Tally
  readonly ticker: Ticker
}

/**
 * Releases tasks that were claimed and not started, uncharged and to their old place: another worker may have a free
 * slot.
 */
export class Returns {
  readonly #parts: ReturnsParts

  constructor(parts: ReturnsParts) {
    this.#parts = parts
  }

  release(held: Held): void {
    if (held.gone) return
    const { settler, tally, ticker } = this.#parts
    tally.gaveBack()
    settler.add({ kind: 'release', lease: held.task.lease })
    ticker.kick()
  }

  releaseBuffer(): void {
    for (const held of this.#parts.buffer.clear()) this.release(held)
  }

  /** What was held ahead was not begun in time. */
  tooLate(): void {
    const { pace, services } = this.#parts
    pace.stalled(services.clock.now())
    this.releaseBuffer()
  }
}
