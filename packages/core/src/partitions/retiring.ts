import type { Clock } from '../clock.ts'
import { MqError, toError } from '../errors.ts'
import { pause } from '../waiting/pause.ts'

/** So often it is looked what is left to be done, ms. */
const LOOK_EACH_MS = 60_000

export interface RetiringParts {
  readonly clock: Clock
  readonly closed: AbortSignal | undefined
  readonly onError: (error: Error) => void
  readonly hasFormer: () => boolean
  readonly goOn: () => Promise<void>
}

/**
 * While a queue has former partitions, whoever works there goes on now and then with what whoever divided it may have
 * left, and removes those that are empty. What several do at the same time is done once.
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
    const { clock, closed, goOn, hasFormer, onError } = this.#parts
    this.#isLooking = true
    try {
      while (hasFormer()) {
        await pause(clock, LOOK_EACH_MS, closed)
        if (closed?.aborted === true) return
        await goOn().catch((thrown: unknown) => {
          if (!MqError.is(thrown, 'unavailable') && !MqError.is(thrown, 'closed')) onError(toError(thrown))
        })
      }
    } finally {
      this.#isLooking = false
    }
  }
}
