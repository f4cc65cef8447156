import { pause } from '../waiting/pause.ts'
import type { Services } from '../services/services.ts'

const PAUSE_MS = 1_000

/**
 * Handles a storage that refuses the turns of a worker: reports it once for each reason, and has the turn tried again
 * after a pause.
 */
export class Refusals {
  readonly #queue: string
  readonly #services: Services
  #last: Error | undefined
  #pausing = 0
  #hurry = new AbortController()

  constructor(queue: string, services: Services) {
    this.#queue = queue
    this.#services = services
  }

  /** Why the last claim was refused; undefined when it was not. */
  get last(): Error | undefined {
    return this.#last
  }

  /** `last`, during the pause after it. */
  get pausedBy(): Error | undefined {
    return this.#pausing > 0 ? this.#last : undefined
  }

  /** Ends the pauses that are under way. */
  get hurry(): AbortSignal {
    return this.#hurry.signal
  }

  over(): void {
    this.#last = undefined
  }

  /**
   * A turn that was refused will probably be refused again, so it is not repeated at full speed. Resolves when it may
   * be tried again.
   */
  async came(error: Error): Promise<void> {
    const { clock, logger, onError } = this.#services
    // Reported once, until a turn succeeds or another reason occurs.
    const isNews = this.#last?.message !== error.message
    this.#last = error
    if (isNews) {
      logger.error({ queue: this.#queue, err: error }, 'the storage refuses this worker')
      onError(error)
    }
    this.#pausing++
    await pause(clock, PAUSE_MS, this.#hurry.signal)
    this.#pausing--
  }

  /** Ends the pauses before the next try. */
  tryNow(): void {
    this.#hurry.abort()
    this.#hurry = new AbortController()
  }
}
