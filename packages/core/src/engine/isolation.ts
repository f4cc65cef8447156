import type { Held } from './held.ts'

/** What isolation sees of its worker, and does with it. */
export interface IsolatedWorker {
  /** How many tasks it would claim if there were no suspects. */
  readonly want: () => number
  /** A handler runs. */
  readonly isBusy: () => boolean
  /** Nothing runs, nothing is to be settled, no turn is under way. */
  readonly isEmpty: () => boolean
  readonly releaseBuffer: () => void
  readonly start: (suspect: Held) => void
}

/**
 * Keeps a suspect apart: a task whose lease was lost twice may be killing its process, and its neighbours would be charged
 * with its crashes. It starts when nothing else is held, and nothing else is claimed while it runs.
 */
export class Isolation {
  readonly #worker: IsolatedWorker
  #suspect: Held | undefined
  #started = false
  /** Suspects are about: claim one by one, or most of a batch would only be given back. */
  #careful = false
  #looking = false

  constructor(worker: IsolatedWorker) {
    this.#worker = worker
  }

  /** The claim under way may bring a suspect: the worker holds nothing. */
  get looking(): boolean {
    return this.#looking
  }

  /** How many may be claimed now. */
  want(): number {
    const { want, isBusy, isEmpty, releaseBuffer, start } = this.#worker
    const one = (): number => Math.min(want(), 1)
    if (this.#suspect === undefined) {
      if (!this.#careful) return want()
      releaseBuffer()
      if (!isEmpty()) return 0
      const looked = one()
      this.#looking = looked > 0
      return looked
    }
    if (this.#started) {
      if (isBusy()) return 0
      this.#suspect = undefined
      return one()
    }
    releaseBuffer()
    if (!isEmpty()) return 0
    this.#started = true
    if (!this.#suspect.gone) {
      start(this.#suspect)
      return 0
    }
    this.#suspect = undefined
    return one()
  }

  /** A claim was answered; `suspects`: it left some, because the worker held other tasks. */
  answered(suspects: boolean): void {
    if (this.#looking) this.#careful = this.#looking = false
    if (suspects) this.#careful = true
  }

  /**
   * False when the worker is not empty: give this one back, and claim it (or another) when it is. One that waited here for
   * its neighbours to end would be charged with what they do to the process.
   */
  admit(suspect: Held, isAlone: boolean): boolean {
    this.#careful = true
    if (!isAlone || this.#suspect !== undefined) return false
    this.#suspect = suspect
    this.#started = false
    return true
  }

  /** The suspect that did not start yet: it is given back. */
  giveUp(): Held | undefined {
    if (this.#started) return undefined
    const suspect = this.#suspect
    this.#suspect = undefined
    return suspect
  }
}
