import type { Claimer } from './claimer.ts'
import type { Isolation } from './isolation.ts'

export interface PassOnParts {
  readonly claimer: Claimer
  readonly isolation: Isolation
}

/** Knows of a hint of work that this worker cannot use: it is passed on to another worker. */
export class PassOn {
  readonly #parts: PassOnParts
  /** A hint of work arrived, and nothing was claimed since. */
  #hinted = false

  constructor(parts: PassOnParts) {
    this.#parts = parts
  }

  /** A hint of work arrived. */
  hinted(): void {
    this.#hinted = true
  }

  /** A claim is being sent. */
  heeded(): void {
    this.#hinted = false
  }

  /** A hint reached only this worker, which claims nothing: true once. An empty turn passes it on. */
  due(): boolean {
    if (!this.#hinted) return false
    const { claimer, isolation } = this.#parts
    if (!claimer.closed && !isolation.claimsNothing) return false
    this.#hinted = false
    return true
  }
}
