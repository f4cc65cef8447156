import type { Clock } from '../clock.ts'
import { areSameLayouts, MAX_PLACES } from '../ports/layout.ts'
import type { Layout } from '../ports/layout.ts'
import type { Mark, Widths } from '../ports/widths.ts'
import { inTime, STALLED_MS } from './in-time.ts'
import type { Width } from './width.ts'

/** So much more than was asked for is not worth a call, ms. */
const WORTH_MS = 1_000
/** A call that failed is not tried again before, ms. */
const AFTER_FAILURE_MS = 1_000
/** Whoever works all the time reads so often, ms: as often as who sleeps. */
export const READ_EACH_MS = 13_000
/** Other processes' reads may be this much late, ms, and so is what they say of when it was marked. */
const SLACK_MS = 2_000

/** Longer than between two reads of those that sleep, ms, twice. */
const LOOKS_MS = 30_000

export interface MarksParts {
  readonly queue: string
  readonly layout: () => Layout
  readonly widths: Widths
  readonly clock: Clock
  readonly width: Width
}

/**
 * In which partitions there may be something to find: those that somebody stored something in, or has leases of. It is
 * kept where the number of partitions is, so that who sleeps looks at these and not at all of them: what costs nothing
 * while nothing is done finds what a process leaves that is gone. Marks outlast what they are made for by more than the
 * longest pause between two reads. One call at a time makes those that came meanwhile, and reads all.
 */
export class Marks {
  readonly #parts: MarksParts
  /** Until when each place is marked, as far as is known here. */
  readonly #until: number[] = Array.from({ length: MAX_PLACES }, () => 0)
  /** Until when it is to be marked. */
  readonly #wanted: number[] = Array.from({ length: MAX_PLACES }, () => 0)
  #calling: Promise<readonly number[] | undefined> | undefined
  #calledAt = 0
  #retryAt = 0
  #readAt: number | undefined

  constructor(parts: MarksParts) {
    this.#parts = parts
  }

  /**
   * There are leases, which who sleeps recovers when their worker is gone; those that follow soon are marked with them.
   */
  held(index: number, leaseMs: number): void {
    this.#mark(index, leaseMs + LOOKS_MS, 1.5 * leaseMs + 2 * LOOKS_MS)
  }

  /** Something was stored, and whoever has a hint of it may be gone. */
  stored(index: number): void {
    this.#mark(index, LOOKS_MS, 2 * LOOKS_MS)
  }

  /** Those to be looked at: marked, or since it was read last. Undefined where there is no answer in time. */
  async read(): Promise<readonly number[] | undefined> {
    const { clock } = this.#parts
    if (this.#calling !== undefined) {
      // It may be older than what whoever asks was told of. Of one that hangs nobody waits again.
      const isStalled = clock.now() > this.#calledAt + STALLED_MS
      if (isStalled || (await inTime(clock, this.#calling)) === undefined) return undefined
    }
    return inTime(clock, (this.#calling ??= this.#call()))
  }

  /** Reads them now and then, for whoever does not sleep; undefined: not now. */
  readAgain(): Promise<readonly number[] | undefined> | undefined {
    const now = this.#parts.clock.now()
    const isOld = now >= (this.#readAt ?? now - READ_EACH_MS) + READ_EACH_MS
    return isOld && this.#calling === undefined && now >= this.#retryAt ? this.#call() : undefined
  }

  /** The queue was obliterated here. */
  forget(): void {
    this.#until.fill(0)
    this.#wanted.fill(0)
  }

  /** Marks it for `forMs`, unless it is marked for `leastMs`. Does not wait. */
  #mark(index: number, leastMs: number, forMs: number): void {
    const now = this.#parts.clock.now()
    this.#wanted[index] = Math.max(this.#wanted[index]!, now + forMs)
    if (this.#until[index]! < now + leastMs && this.#calling === undefined && now >= this.#retryAt) void this.#call()
  }

  #call(): Promise<readonly number[] | undefined> {
    this.#calledAt = this.#parts.clock.now()
    const calling = this.#made().finally(() => {
      this.#calling = undefined
      const now = this.#parts.clock.now()
      if (now >= this.#retryAt && this.#due(now).length > 0) void this.#call()
    })
    this.#calling = calling
    return calling
  }

  /** Never rejects. */
  async #made(): Promise<readonly number[] | undefined> {
    const { clock, layout, queue, widths, width } = this.#parts
    const askedAt = clock.now()
    const due = this.#due(askedAt)
    const of = layout()
    try {
      const { layout: has, released, marks } = await widths.mark(queue, of, due)
      width.heard(has, released, askedAt)
      if (has === undefined || !areSameLayouts(has, of)) {
        this.#retryAt = clock.now() + AFTER_FAILURE_MS
        return []
      }
      const sinceMs = clock.now() - (this.#readAt ?? askedAt) + SLACK_MS
      this.#readAt = askedAt
      this.#until.fill(0)
      for (const { index, leftMs } of marks) this.#until[index] = askedAt + leftMs
      return marks.filter(({ agoMs, leftMs }) => leftMs > 0 || agoMs <= sinceMs).map(({ index }) => index)
    } catch {
      // Reported by whoever cannot go on without that slot.
      this.#retryAt = clock.now() + AFTER_FAILURE_MS
      return undefined
    }
  }

  #due(now: number): Mark[] {
    const due: Mark[] = []
    this.#wanted.forEach((wanted, index) => {
      if (wanted > now && wanted > this.#until[index]! + WORTH_MS) due.push({ index, forMs: Math.ceil(wanted - now) })
    })
    return due
  }
}
