import { pause } from '../waiting/pause.ts'
import type { Services } from '../services/services.ts'

const PAUSE_MS = 1_000

/** A storage that refuses a worker's turns: reported once for each reason, and asked again after a pause. */
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

  /** `last`, while nothing is asked because of it. */
  get pausedBy(): Error | undefined {
    return this.#pausing > 0 ? this.#last : undefined
  }

  /** Ends the pauses of this moment. */
  get hurry(): AbortSignal {
    return this.#hurry.signal
  }

  over(): void {
    this.#last = undefined
  }

  /** What was refused once will be again, so not at full speed. Resolves when it may be tried again. */
  async came(error: Error): Promise<void> {
    const { clock, logger, onError } = this.#services
    // Said once, until a turn succeeds or another reason comes.
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

  /** Those that pause before their next try shall look again now. */
  tryNow(): void {
    this.#hurry.abort()
    this.#hurry = new AbortController()
  }
}
