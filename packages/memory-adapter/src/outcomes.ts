import type { StoredOutcome } from '@mq/core'
import { LinkedList } from './linked-list.ts'
import type { Linked } from './linked-list.ts'

const SLOTS = 16_384
const MAX_AGE_MS = 3_600_000
const MAX_BYTES = 67_108_864

interface Kept extends Linked<Kept> {
  readonly n: number
  readonly id: string | undefined
  readonly outcome: StoredOutcome
  readonly bytes: number
  readonly keptAt: number
}

/** How the last tasks ended: a ring by task number, at most an hour old and 64 MiB together. */
export class Outcomes {
  readonly #slots = new Map<number, Kept>()
  readonly #byAge = new LinkedList<Kept>()
  readonly #onDropped: (id: string, n: number, now: number) => void
  #bytes = 0

  /** `onDropped` hears of what is no longer kept of tasks with an own id. */
  constructor(onDropped: (id: string, n: number, now: number) => void) {
    this.#onDropped = onDropped
  }

  keep(n: number, id: string | undefined, outcome: StoredOutcome, now: number): void {
    const { body = '', reason = '' } = outcome
    const bytes = Buffer.byteLength(body) + Buffer.byteLength(reason)
    const before = this.#slots.get(n % SLOTS)
    if (before) this.#drop(before, now)
    const kept: Kept = { n, id, outcome, bytes, keptAt: now, previous: undefined, next: undefined }
    this.#slots.set(n % SLOTS, kept)
    this.#byAge.pushBack(kept)
    this.#bytes += bytes
    while (this.#bytes > MAX_BYTES) this.#drop(this.#byAge.first!, now)
  }

  of(n: number, now: number): StoredOutcome | undefined {
    const kept = this.#slots.get(n % SLOTS)
    if (kept?.n !== n) return undefined
    if (now - kept.keptAt < MAX_AGE_MS) return kept.outcome
    this.#drop(kept, now)
    return undefined
  }

  /** The task lives again. */
  forget(n: number, now: number): void {
    const kept = this.#slots.get(n % SLOTS)
    if (kept?.n === n) this.#drop(kept, now)
  }

  #drop(kept: Kept, now: number): void {
    this.#slots.delete(kept.n % SLOTS)
    this.#byAge.remove(kept)
    this.#bytes -= kept.bytes
    if (kept.id !== undefined) this.#onDropped(kept.id, kept.n, now)
  }
}
