import { Marks } from './marks.ts'
import { Width } from './width.ts'
import type { WidthParts } from './width.ts'

/** What the slot of the name of a queue has: how many partitions there are, and in which there may be something. */
export class Home {
  readonly marks: Marks
  readonly #width: Width

  constructor(parts: WidthParts) {
    this.#width = new Width(parts)
    this.marks = new Marks({ ...parts, width: this.#width })
  }

  /** See `Width.sure`. */
  readonly sure = (): Promise<void> | undefined => this.#width.sure()

  /** See `Width.sureToStore`. */
  readonly sureToStore = (): Promise<void> | undefined => this.#width.sureToStore()

  /** See `Width.lookAgain`. */
  readonly lookAgain = (): Promise<boolean> => this.#width.lookAgain()

  /** Something was stored in a partition, or may have been: it can be found, and the number holds. */
  readonly stored = (index: number): void => {
    this.#width.stored()
    this.marks.stored(index)
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
