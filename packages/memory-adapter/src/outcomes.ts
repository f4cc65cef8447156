import { DEFAULT_KEEP } from '@mq/core/adapter'
import type { KeepLimits, StoredOutcome } from '@mq/core/adapter'
import { LinkedList } from './linked-list.ts'
import type { Linked } from './linked-list.ts'

export interface Kept extends Linked<Kept> {
  readonly n: number
  readonly id: string | undefined
  readonly outcome: StoredOutcome
  readonly bytes: number
  readonly keptAt: number
}

/** The outcomes of tasks, in the order in which they ended, within bounds: beyond one, the oldest are dropped. */
export class Outcomes {
  /** The bounds of the last turn. */
  limits: KeepLimits = DEFAULT_KEEP.results
  readonly #byNumber = new Map<number, Kept>()
  readonly #byAge = new LinkedList<Kept>()
  readonly #onDropped: (id: string, n: number, now: number) => void
  #bytes = 0

  /** `onDropped` is called with tasks that have an own id and whose outcome is no longer kept. */
  constructor(onDropped: (id: string, n: number, now: number) => void) {
    this.#onDropped = onDropped
  }

  keep(n: number, id: string | undefined, outcome: StoredOutcome, now: number): void {
    const { body = '', reason = '' } = outcome
    const bytes = Buffer.byteLength(body) + Buffer.byteLength(reason)
    const kept: Kept = { n, id, outcome, bytes, keptAt: now, previous: undefined, next: undefined }
    this.#byNumber.set(n, kept)
    this.#byAge.pushBack(kept)
    this.#bytes += bytes
    let oldest: Kept | undefined
    while ((oldest = this.#byAge.first) && this.#isTooMuch(oldest, now)) this.#drop(oldest, now)
  }

  of(n: number, now: number): StoredOutcome | undefined {
    const kept = this.#byNumber.get(n)
    if (kept === undefined || now - kept.keptAt < this.limits.maxAgeMs) return kept?.outcome
    this.#drop(kept, now)
    return undefined
  }

  isEmpty(now: number): boolean {
    const newest = this.#byAge.last
    return newest === undefined || this.of(newest.n, now) === undefined
  }

  /** The newest first, from the one that ended before task n on. */
  behind(n: number | undefined, most: number, now: number): readonly Kept[] {
    const found: Kept[] = []
    const last = n === undefined ? undefined : this.#byNumber.get(n)
    let kept = n === undefined ? this.#byAge.last : last?.previous
    for (; kept !== undefined && found.length < most; kept = kept.previous) {
      if (now - kept.keptAt >= this.limits.maxAgeMs) break
      found.push(kept)
    }
    return found
  }

  #isTooMuch(oldest: Kept, now: number): boolean {
    const { maxAgeMs, maxCount, maxBytes } = this.limits
    return this.#byNumber.size > maxCount || this.#bytes > maxBytes || now - oldest.keptAt >= maxAgeMs
  }

  #drop(kept: Kept, now: number): void {
    this.#byNumber.delete(kept.n)
    this.#byAge.remove(kept)
    this.#bytes -= kept.bytes
    if (kept.id !== undefined) this.#onDropped(kept.id, kept.n, now)
  }
}
