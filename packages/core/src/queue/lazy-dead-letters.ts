import type { QueueDefinition } from '../define/define-queue.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import { preparePayload } from './prepare-task.ts'
import type { Services } from '../services/services.ts'
import { createDeadLetters } from '../dead/dead-letters.ts'
import type { DeadLetters, DeadOptions, DeadPage, DeadReport, RedriveOptions } from '../dead/dead-letters.ts'
import type { DeadLetter } from '../dead/dead-letter.ts'
import type { DeadFilter } from '../dead/dead-filter.ts'
import type { DeadSelection } from '../dead/select-dead.ts'

/** What a queue's handle has for them. */
export interface LetterParts<In> {
  readonly definition: QueueDefinition<In, any, any, any>
  readonly driver: QueueAdmin
  readonly services: Services
}

/** Made by the first call that needs them. A class, because functions of its own would make each handle larger. */
export class LazyDeadLetters<In> implements DeadLetters<In> {
  readonly #parts: LetterParts<In>
  readonly #assertOpen: () => void
  #made: DeadLetters<In> | undefined

  constructor(parts: LetterParts<In>, assertOpen: () => void) {
    this.#parts = parts
    this.#assertOpen = assertOpen
  }

  list(filter?: DeadFilter & DeadPage): Promise<DeadLetter[]> {
    return this.#letters().list(filter)
  }

  redrive(which: DeadSelection, options?: RedriveOptions<In>): Promise<DeadReport> {
    return this.#letters().redrive(which, options)
  }

  discard(which: DeadSelection, options?: DeadOptions): Promise<DeadReport> {
    return this.#letters().discard(which, options)
  }

  #letters(): DeadLetters<In> {
    if (this.#made) return this.#made
    const { definition, driver, services } = this.#parts
    const prepare = (payload: In): string | Promise<string> => preparePayload(definition, payload)
    return (this.#made = createDeadLetters({ admin: driver, prepare, services, assertOpen: this.#assertOpen }))
  }
}
