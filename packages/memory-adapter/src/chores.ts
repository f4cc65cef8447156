import type { Chore, DoneChore, StoredOutcome } from '@mq/core/adapter'
import { CHORE_MS, MAX_BATCH_BYTES } from '@mq/core/adapter'
import { TimeHeap } from './time-heap.ts'
import type { Timed } from './time-heap.ts'

interface ChoreFacts {
  readonly kind: Exclude<Chore['kind'], 'unreadable'>
  readonly n: number
  readonly token: string
  readonly outcome?: StoredOutcome | undefined
  readonly body?: string | undefined
}

/** `at`: somebody has taken it over until then. */
export interface OpenChore extends Timed, ChoreFacts {
  /** Of a check: how often it was finished to be done again. */
  looked: number
  /** It is done again: behind all others. */
  isSlow: boolean
}

/** What is left to be done of a queue's flows, one of a kind for each task. */
export class Chores {
  readonly #byName = new Map<string, OpenChore>()
  readonly #byTime = new TimeHeap<OpenChore>()
  readonly #slow = new TimeHeap<OpenChore>()
  #order = 0
  #tokens = 0

  get size(): number {
    return this.#byName.size
  }

  /** Of those, what is not done again. */
  get pending(): number {
    return this.#byTime.size
  }

  /** When somebody has to do something; also in the past. */
  get nextAt(): number | undefined {
    return this.#byTime.first?.at
  }

  isFree(now: number): boolean {
    return (this.nextAt ?? now + 1) <= now || (this.#slow.first?.at ?? now + 1) <= now
  }

  /** The end of a task whose relay is not done. */
  endOf(n: number): StoredOutcome | undefined {
    return this.#byName.get(`relay ${n}`)?.outcome
  }

  /** It arose now. */
  addNew(facts: Omit<ChoreFacts, 'token'>, now: number): void {
    this.add({ ...facts, token: String(++this.#tokens) }, now)
  }

  add(facts: ChoreFacts, at: number): void {
    const before = this.#byName.get(nameOf(facts))
    if (before !== undefined) this.#remove(before)
    this.#put({ ...facts, looked: 0, isSlow: false, at, order: this.#order++, slot: 0 }, at, false)
  }

  /** A task need not look for its parents any more. */
  unblocked(n: number): void {
    const chore = this.#byName.get(`check ${n}`)
    if (chore !== undefined) this.#remove(chore)
  }

  /** The oldest first; those that are done again where the others leave room. */
  take(limit: number, now: number): OpenChore[] {
    const taken: OpenChore[] = []
    let bytes = 0
    while (taken.length < limit && bytes <= MAX_BATCH_BYTES) {
      const chore = this.#byTime.takeDue(now) ?? this.#slow.takeDue(now)
      if (chore === undefined) break
      this.#put(chore, now + CHORE_MS, false)
      bytes += (chore.body ?? chore.outcome?.body ?? '').length
      taken.push(chore)
    }
    return taken
  }

  finish({ kind, n, token, againInMs }: DoneChore, now: number): void {
    const chore = this.#byName.get(`${kind} ${Number(n)}`)
    if (chore === undefined) return
    this.#remove(chore)
    if (chore.token !== token) return this.#put(chore, now, false)
    if (againInMs === undefined) return
    chore.looked++
    this.#put(chore, now + againInMs, true)
  }

  /** It is in no heap. */
  #put(chore: OpenChore, at: number, isSlow: boolean): void {
    Object.assign(chore, { at, isSlow })
    this.#byName.set(nameOf(chore), chore)
    this.#heapOf(chore).add(chore)
  }

  #remove(chore: OpenChore): void {
    this.#byName.delete(nameOf(chore))
    this.#heapOf(chore).remove(chore)
  }

  #heapOf({ isSlow }: OpenChore): TimeHeap<OpenChore> {
    return isSlow ? this.#slow : this.#byTime
  }
}

function nameOf({ kind, n }: ChoreFacts): string {
  return `${kind} ${n}`
}
