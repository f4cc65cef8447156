import type { Clock } from '../clock.ts'
import { MqError } from '../errors.ts'
import { partitionsDiffer, WIDTH_KEPT_MS } from '../ports/widths.ts'
import type { Widths } from '../ports/widths.ts'

/**
 * So often it is claimed again while it is used: several times before a queue that was obliterated elsewhere can get
 * another number of partitions.
 */
const AGAIN_MS = WIDTH_KEPT_MS / 3
const AFTER_FAILURE_MS = 1_000

export interface WidthParts {
  readonly queue: string
  readonly of: number
  readonly widths: Widths
  readonly clock: Clock
  /** Nobody said how many it has: it is looked at, and claimed by those who know. */
  readonly observes: boolean
}

/** Whether the queue has as many partitions as its definition says: nothing is done before that is known. */
export class Width {
  readonly #parts: WidthParts
  #sureUntil: number | undefined
  #claiming: Promise<void> | undefined

  constructor(parts: WidthParts) {
    this.#parts = parts
  }

  /** Undefined: it is. Else resolves when it is, or throws `partitions-differ`, or `unavailable`. */
  sure(): Promise<void> | undefined {
    if (this.#sureUntil === undefined) return (this.#claiming ??= this.#claim())
    if (this.#parts.clock.now() > this.#sureUntil && this.#claiming === undefined) this.#again(this.#parts.clock.now())
    return undefined
  }

  /** Its partitions were obliterated. */
  async release(): Promise<void> {
    this.#sureUntil = undefined
    await this.#parts.widths.release(this.#parts.queue)
  }

  /** Nobody waits for it: where it is stored may be away while the other partitions are not. */
  #again(now: number): void {
    this.#claiming = this.#claim().catch((thrown: unknown) => {
      this.#sureUntil = MqError.is(thrown, 'partitions-differ') ? undefined : now + AFTER_FAILURE_MS
    })
  }

  async #claim(): Promise<void> {
    const { clock, observes, of, queue, widths } = this.#parts
    try {
      const has = observes ? await widths.of(queue) : await widths.claim(queue, of)
      if (has !== of) throw partitionsDiffer(queue, has, of)
      this.#sureUntil = clock.now() + AGAIN_MS
    } finally {
      this.#claiming = undefined
    }
  }
}
