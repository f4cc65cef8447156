import type { Clock } from '../clock.ts'
import { MqError } from '../errors.ts'
import { partitionsDiffer, WIDTH_KEPT_MS } from '../ports/widths.ts'
import type { Widths } from '../ports/widths.ts'
import { inTime } from './in-time.ts'

/**
 * So often it is claimed again while it is used: several times before a queue that was obliterated elsewhere can get
 * another number of partitions.
 */
const AGAIN_MS = WIDTH_KEPT_MS / 3
/**
 * What was answered longer ago is waited for before anything is done: by an idle process, of which the queue may have
 * got another number meanwhile. Short of `WIDTH_KEPT_MS` by what a call takes at the most.
 */
const TRUSTED_MS = 2 * AGAIN_MS
const AFTER_FAILURE_MS = 1_000

export interface WidthParts {
  readonly queue: string
  readonly of: number
  readonly widths: Widths
  readonly clock: Clock
  /** Nobody said how many it has: it is looked at, and claimed by those who know, or who store something. */
  readonly observes: boolean
}

/** Whether the queue has as many partitions as its definition says: nothing is done before that is known. */
export class Width {
  readonly #parts: WidthParts
  #observes: boolean
  #sureUntil: number | undefined
  #trustedUntil = 0
  #claiming: Promise<void> | undefined

  constructor(parts: WidthParts) {
    this.#parts = parts
    this.#observes = parts.observes
  }

  /** Undefined: it is. Else resolves when it is, or throws `partitions-differ`, or `unavailable`. */
  sure(): Promise<void> | undefined {
    const now = this.#parts.clock.now()
    if (this.#sureUntil === undefined) return (this.#claiming ??= this.#claim())
    if (now <= this.#sureUntil) return undefined
    this.#claiming ??= this.#again(now)
    return now <= this.#trustedUntil ? undefined : this.#known(now, this.#claiming)
  }

  /** Something will be stored there: who only looked holds the number from now on. */
  sureToStore(): Promise<void> | undefined {
    return this.#observes ? this.#hold() : this.sure()
  }

  /** Its partitions were obliterated. */
  async release(): Promise<void> {
    this.#observes = this.#parts.observes
    this.#sureUntil = undefined
    await this.#parts.widths.release(this.#parts.queue)
  }

  /** Whoever uses it all the time does not wait: where it is stored may be away while the other partitions are not. */
  #again(now: number): Promise<void> {
    const claiming = this.#claim().catch((thrown: unknown) => {
      const differs = MqError.is(thrown, 'partitions-differ')
      this.#sureUntil = differs ? undefined : now + AFTER_FAILURE_MS
      if (differs) throw thrown
    })
    // Whoever waits for it is given its failure; often nobody does.
    claiming.catch(() => undefined)
    return claiming
  }

  /** Throws `partitions-differ`. Where there is no answer in time it goes on, and does not wait again for a while. */
  async #known(now: number, claiming: Promise<void>): Promise<void> {
    await inTime(this.#parts.clock, claiming)
    this.#trustedUntil = Math.max(this.#trustedUntil, now + TRUSTED_MS)
  }

  /** Only a number that is still there: it decides none. */
  async #hold(): Promise<void> {
    const { of, queue, widths } = this.#parts
    const has = await widths.of(queue)
    if (has !== of) throw partitionsDiffer(queue, has, of)
    this.#observes = false
    await this.#claim()
  }

  async #claim(): Promise<void> {
    const { clock, of, queue, widths } = this.#parts
    const askedAt = clock.now()
    try {
      const has = this.#observes ? await widths.of(queue) : await widths.claim(queue, of)
      if (has !== of) throw partitionsDiffer(queue, has, of)
      this.#sureUntil = clock.now() + AGAIN_MS
      this.#trustedUntil = askedAt + TRUSTED_MS
    } finally {
      this.#claiming = undefined
    }
  }
}
