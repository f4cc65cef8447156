import type { Clock, Timer } from '../clock.ts'
import { MOST_WAIT_MS } from './ahead.ts'
import type { Buffer } from './buffer.ts'

/** Watches that nothing waits in the buffer for long: a task in it could run in another worker now. */
export class WaitGuard {
  readonly #clock: Clock
  readonly #buffer: Buffer
  readonly #onLate: () => void
  #timer: Timer | undefined

  constructor(clock: Clock, buffer: Buffer, onLate: () => void) {
    this.#clock = clock
    this.#buffer = buffer
    this.#onLate = onLate
  }

  /** After every claim: something may wait in the buffer. */
  watch(): void {
    const { oldestSince } = this.#buffer
    if (this.#timer !== undefined || oldestSince === undefined) return
    const leftMs = oldestSince + MOST_WAIT_MS - this.#clock.now()
    this.#timer = this.#clock.schedule(
      () => {
        this.#timer = undefined
        this.#look()
      },
      Math.max(1, leftMs),
    )
  }

  close(): void {
    this.#timer?.cancel()
  }

  #look(): void {
    const { oldestSince } = this.#buffer
    if (oldestSince === undefined) return
    if (this.#clock.now() - oldestSince >= MOST_WAIT_MS) this.#onLate()
    else this.watch()
  }
}
