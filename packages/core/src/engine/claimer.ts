import type { Services } from '../calls/services.ts'
import type { Timer } from '../clock.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../define/limits.ts'
import type { Buffer } from './buffer.ts'
import type { Executor } from './executor.ts'
import type { Pace } from './pace.ts'

/** Hints may be lost, so a worker without work looks every 1–2 s; without a way for hints, every 250 ms. */
const POLL_MS = 1_000
const BLIND_POLL_MS = 250

export interface ClaimerParts {
  readonly concurrency: number
  readonly services: Services
  readonly buffer: Buffer
  readonly executor: Executor
  readonly pace: Pace
  /** Hints can arrive. */
  readonly isLive: () => boolean
  readonly onWake: () => void
}

/** Decides how many tasks to ask for, and when to look again where there were none. */
export class Claimer {
  readonly #parts: ClaimerParts
  #requested = 0
  /** The last claim got all it wanted: there may be more, and a second claim may be under way beside the first. */
  #plenty = false
  #asleep = false
  /** A hint came while a claim was under way: its reply may be older than the hint. */
  #dirty = false
  #closed = false
  #timer: Timer | undefined

  constructor(parts: ClaimerParts) {
    this.#parts = parts
  }

  /** How many the worker holds at the most. */
  get target(): number {
    const { concurrency, executor, pace, services } = this.#parts
    return concurrency + pace.ahead(services.clock.now(), concurrency - executor.longRunning)
  }

  get want(): number {
    if (this.#closed || this.#asleep || (this.#requested > 0 && !this.#plenty)) return 0
    const { executor, buffer } = this.#parts
    if (buffer.bytes >= MAX_BATCH_BYTES) return 0
    return Math.max(0, Math.min(this.target - executor.active - buffer.size - this.#requested, MAX_BATCH))
  }

  get maxBytes(): number {
    return Math.max(0, MAX_BATCH_BYTES - this.#parts.buffer.bytes)
  }

  asked(want: number): void {
    this.#requested += want
    if (want > 0) this.#dirty = false
  }

  answered(want: number, got: number, nextDueInMs: number | undefined): void {
    this.#requested -= want
    if (want === 0) return
    this.#plenty = got === want
    if (got > 0) this.wake()
    else if (this.#dirty) this.#dirty = false
    else this.#sleep(nextDueInMs)
  }

  /** The claim was refused, nothing is known: look again after a while. */
  refused(want: number): void {
    this.#requested -= want
    this.#sleep(undefined)
  }

  /** A hint, or a timer: there may be work. */
  wake(): void {
    this.#dirty = true
    if (!this.#asleep) return
    this.#asleep = false
    this.#timer?.cancel()
    this.#parts.onWake()
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #sleep(nextDueInMs: number | undefined): void {
    if (this.#closed) return
    const { services, isLive } = this.#parts
    const pollMs = isLive() ? Math.round(POLL_MS * (1 + services.random())) : BLIND_POLL_MS
    this.#asleep = true
    this.#timer?.cancel()
    this.#timer = services.clock.schedule(() => this.wake(), Math.min(pollMs, nextDueInMs ?? pollMs))
  }
}
