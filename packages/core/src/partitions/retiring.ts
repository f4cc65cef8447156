import type { Clock } from '../clock.ts'
import { MqError, toError } from '../errors.ts'
import { pause } from '../waiting/pause.ts'

/** So often it is looked whether former partitions have run empty, ms. */
const LOOK_EACH_MS = 60_000

export interface RetiringParts {
  readonly clock: Clock
  readonly closed: AbortSignal | undefined
  readonly onError: (error: Error) => void
  readonly hasFormer: () => boolean
  readonly retire: () => Promise<void>
}

/**
 * While a queue has former partitions, whoever works there looks now and then whether they are empty, and if so removes
 * them. What several do at the same time is done once.
 */
export class Retiring {
  readonly #parts: RetiringParts
  #isLooking = false

  constructor(parts: RetiringParts) {
    this.#parts = parts
  }

  /** Does not wait. */
  begin(): void {
    if (!this.#isLooking && this.#parts.hasFormer()) void this.#look()
  }

  async #look(): Promise<void> {
    const { clock, closed, hasFormer, onError, retire } = this.#parts
    this.#isLooking = true
    try {
      while (hasFormer()) {
        await pause(clock, LOOK_EACH_MS, closed)
        if (closed?.aborted === true) return
        await retire().catch((thrown: unknown) => {
          if (!MqError.is(thrown, 'unavailable') && !MqError.is(thrown, 'closed')) onError(toError(thrown))
        })
      }
    } finally {
      this.#isLooking = false
    }
  }
}
