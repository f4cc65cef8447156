import type { Clock } from '../clock.ts'
import type { Widths } from '../ports/widths.ts'
import { markHeld, Marks, markStored } from './marks.ts'
import { Width } from './width.ts'

export interface HomeParts {
  readonly queue: string
  readonly of: number
  readonly widths: Widths
  readonly clock: Clock
  readonly observes: boolean
  readonly closed: AbortSignal | undefined
  readonly onError: (error: Error) => void
}

/** What the slot of the name of a queue has: how many partitions there are, and in which there may be something. */
export class Home {
  readonly marks: Marks
  readonly #width: Width

  constructor(parts: HomeParts) {
    this.#width = new Width(parts)
    this.marks = new Marks({ ...parts, width: this.#width })
  }

  /** See `Width.sure`. */
  readonly sure = (): Promise<void> | undefined => this.#width.sure()

  /** See `Width.sureToStore`. */
  readonly sureToStore = (): Promise<void> | undefined => this.#width.sureToStore()

  /** Something was stored in a partition, or may have been: it can be found, and the number holds. */
  readonly stored = (index: number): void => {
    this.#width.stored()
    markStored(this.marks, index)
  }

  /** Somebody has leases there. */
  held(index: number, leaseMs: number): void {
    markHeld(this.marks, index, leaseMs)
  }

  async release(): Promise<void> {
    this.marks.forget()
    await this.#width.release()
  }

  /** This process ends. */
  async close(): Promise<void> {
    await this.#width.confirm()
  }
}
