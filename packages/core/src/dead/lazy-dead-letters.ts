import type { DeadLetters, DeadOptions, DeadPage, DeadReport, RedriveOptions } from './dead-letters.ts'
import type { DeadLetter } from './dead-letter.ts'
import type { DeadFilter } from './dead-filter.ts'
import type { DeadSelection } from './select-dead.ts'

/** Made by the first call that needs them. A class, because functions of its own would make each handle larger. */
export class LazyDeadLetters<In> implements DeadLetters<In> {
  readonly #make: () => DeadLetters<In>
  #made: DeadLetters<In> | undefined

  constructor(make: () => DeadLetters<In>) {
    this.#make = make
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
    return (this.#made ??= this.#make())
  }
}
