import type { Clock, Timer } from '../clock.ts'
import type { Buffer } from './buffer.ts'
import type { Executor } from './executor.ts'

/** Longer than any garbage collection, far shorter than a person notices. */
const STALLED_AFTER_MS = 100

/**
 * Gives back what was claimed ahead when handlers turn out slow: a task in this buffer could run in another worker now.
 */
export class StallGuard {
  readonly #clock: Clock
  readonly #executor: Executor
  readonly #buffer: Buffer
  readonly #onStall: () => void
  #timer: Timer | undefined

  constructor(clock: Clock, executor: Executor, buffer: Buffer, onStall: () => void) {
    this.#clock = clock
    this.#executor = executor
    this.#buffer = buffer
    this.#onStall = onStall
  }

  /** After every claim: something may wait in the buffer. */
  watch(): void {
    if (this.#timer !== undefined || this.#buffer.size === 0) return
    this.#timer = this.#clock.schedule(() => {
      this.#timer = undefined
      if (this.#buffer.size === 0) return
      if (this.#clock.now() - this.#executor.lastStartAt >= STALLED_AFTER_MS) this.#onStall()
      else this.watch()
    }, STALLED_AFTER_MS)
  }

  close(): void {
    this.#timer?.cancel()
  }
}
