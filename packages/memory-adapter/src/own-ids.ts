import { ID_KEPT_MS } from '@mq/core/adapter'
import { createHash } from 'node:crypto'
import { LinkedList } from './linked-list.ts'
import type { Linked } from './linked-list.ts'

interface OwnId extends Linked<OwnId> {
  readonly id: string
  readonly n: number
  endedAt: number | undefined
  /** Compared in place of the payload when that is no longer kept. */
  digest: string | undefined
}

/**
 * The callers' own ids. An id belongs to its task while the task is pending, for a minute after its end, and as long as
 * its outcome is kept.
 */
export class OwnIds {
  readonly #ids = new Map<string, OwnId>()
  readonly #ended = new LinkedList<OwnId>()
  readonly #isOutcomeKept: (n: number, now: number) => boolean

  constructor(isOutcomeKept: (n: number, now: number) => boolean) {
    this.#isOutcomeKept = isOutcomeKept
  }

  add(id: string, n: number): void {
    this.#ids.set(id, { id, n, endedAt: undefined, digest: undefined, previous: undefined, next: undefined })
  }

  /** The number of the task to which `id` belongs. */
  find(id: string, now: number): number | undefined {
    const own = this.#ids.get(id)
    if (own === undefined) return undefined
    if (own.endedAt === undefined || now - own.endedAt < ID_KEPT_MS || this.#isOutcomeKept(own.n, now)) return own.n
    this.#ids.delete(id)
    return undefined
  }

  isEmpty(now: number): boolean {
    for (const id of this.#ids.keys()) if (this.find(id, now) !== undefined) return false
    return true
  }

  /** It belongs to a task elsewhere from now on. */
  forget(id: string): void {
    this.#ids.delete(id)
  }

  /** Whether the ended task of `id` had this payload. */
  hadPayload(id: string, payload: string): boolean {
    return this.#ids.get(id)?.digest === digestOf(payload)
  }

  end(id: string, payload: string, now: number): void {
    const own = this.#ids.get(id)
    if (own === undefined) return
    own.endedAt = now
    own.digest = digestOf(payload)
    this.#ended.pushBack(own)
  }

  /** Forgets ids whose minute is over, at most so many, in the order in which their tasks ended. */
  forgetEnded(now: number, most: number): void {
    for (let i = 0; i < most; i++) {
      const own = this.#ended.first
      if (own?.endedAt === undefined || now - own.endedAt < ID_KEPT_MS) return
      this.#ended.shift()
      if (!this.#isOutcomeKept(own.n, now)) this.#delete(own)
    }
  }

  /** The outcome of `n` is no longer kept. */
  outcomeDropped(id: string, n: number, now: number): void {
    const own = this.#ids.get(id)
    if (own?.n !== n || own.endedAt === undefined || now - own.endedAt < ID_KEPT_MS) return
    if (!this.#isOutcomeKept(n, now)) this.#ids.delete(id)
  }

  #delete(own: OwnId): void {
    if (this.#ids.get(own.id) === own) this.#ids.delete(own.id)
  }
}

function digestOf(payload: string): string {
  return createHash('sha256').update(payload).digest('base64')
}
