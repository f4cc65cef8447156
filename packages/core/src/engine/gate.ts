import type { Isolation } from './isolation.ts'
import type { Returns } from './returns.ts'

/**
 * While turns overlap one is always under way, so the list needs a bound: the newest cancellations are known. A task
 * whose cancellation was forgotten ends when its lease is next prolonged.
 */
const MOST_EARLY = 10_000

export interface GateParts {
  readonly isolation: Isolation
  readonly returns: Returns
}

/** Knows which claimed tasks must not start: the queue was paused, the task was cancelled, or the worker is quiet. */
export class Gate {
  readonly #parts: GateParts
  #quiet = false
  #paused = false
  /** Turns up to this number may have claimed before the queue was paused. */
  #pausedUpTo = 0
  /** Leases whose cancellation arrived before the reply with their task. */
  readonly #cancelledEarly = new Set<string>()

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  /** From now on no task is started. */
  get quiet(): boolean {
    return this.#quiet
  }

  /** Whether tasks that the turn of this number claimed must not be started. */
  isShutFor(turn: number): boolean {
    return this.#quiet || turn <= this.#pausedUpTo
  }

  wasCancelled(lease: string): boolean {
    return this.#cancelledEarly.has(lease)
  }

  /** A task was cancelled that has not arrived yet. */
  cancelled(lease: string): void {
    const early = this.#cancelledEarly.add(lease)
    if (early.size <= MOST_EARLY) return
    const [oldest] = early
    early.delete(oldest!)
  }

  /** No turn is under way, so the list is not needed any more. */
  noneUnderWay(): void {
    this.#cancelledEarly.clear()
  }

  /** What the last answered turn reported of the queue. */
  get paused(): boolean {
    return this.#paused
  }

  answered(turn: number, isPaused: boolean): void {
    this.#paused = isPaused
    if (isPaused) this.pause(turn)
  }

  /** The queue was paused before the turn after this one. */
  pause(turn: number): void {
    this.#pausedUpTo = Math.max(this.#pausedUpTo, turn)
    this.#giveAllBack()
  }

  close(): void {
    this.#quiet = true
    this.#giveAllBack()
  }

  /** After `close`. */
  reopen(): void {
    this.#quiet = false
  }

  #giveAllBack(): void {
    const { isolation, returns } = this.#parts
    returns.releaseBuffer()
    for (const held of isolation.close()) returns.release(held)
  }
}
