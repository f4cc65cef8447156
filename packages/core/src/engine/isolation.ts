import type { Held } from './held.ts'

/**
 * Keeps a suspect apart: a task whose lease was lost twice may be killing its process, and its neighbours would be charged
 * with its crashes. It starts when nothing else is held, and nothing else is claimed while it runs.
 */
export class Isolation {
  #suspect: Held | undefined
  #started = false
  /** The last claim brought a suspect: claim one by one, or most of a batch would only be given back. */
  careful = false
  /** The claim under way is such a one. */
  looking = false

  /**
   * False when the worker is not empty: give this one back, and claim it (or another) when it is. One that waited here for
   * its neighbours to end would be charged with what they do to the process.
   */
  admit(held: Held, alone: boolean): boolean {
    this.careful = true
    if (!alone || this.#suspect !== undefined) return false
    this.#suspect = held
    this.#started = false
    return true
  }

  get occupied(): boolean {
    return this.#suspect !== undefined
  }

  /** The suspect, once and only when the worker holds nothing else. */
  start(): Held | undefined {
    if (this.#started) return undefined
    this.#started = true
    return this.#suspect
  }

  get waiting(): boolean {
    return this.#suspect !== undefined && !this.#started
  }

  /** It ended, or is given back. */
  leave(): Held | undefined {
    const suspect = this.#suspect
    this.#suspect = undefined
    return suspect
  }
}
