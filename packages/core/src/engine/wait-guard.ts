import type { Timer } from '../clock.ts'
import type { Services } from '../services/services.ts'
import { MOST_WAIT_MS } from './ahead.ts'
import type { Buffer } from './buffer.ts'
import type { Returns } from './returns.ts'

export interface WaitGuardParts {
  readonly services: Pick<Services, 'clock'>
  readonly buffer: Buffer
  readonly returns: Returns
  /** How long a task may wait for others of its batch, ms. */
  readonly gatherMs: number
}

/** Makes sure that no task waits in the buffer for long, when it could run in another worker. */
export class WaitGuard {
  readonly #parts: WaitGuardParts
  #timer: Timer | undefined

  constructor(parts: WaitGuardParts) {
    this.#parts = parts
  }

  /** Called after every claim, since tasks may wait in the buffer. */
  watch(): void {
    const { buffer, gatherMs, services } = this.#parts
    const { oldestSince } = buffer
    if (this.#timer !== undefined || oldestSince === undefined) return
    const leftMs = oldestSince + gatherMs + MOST_WAIT_MS - services.clock.now()
    this.#timer = services.clock.schedule(
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
    const { buffer, gatherMs, returns, services } = this.#parts
    const { oldestSince } = buffer
    if (oldestSince === undefined) return
    if (services.clock.now() - oldestSince >= gatherMs + MOST_WAIT_MS) returns.tooLate()
    else this.watch()
  }
}
