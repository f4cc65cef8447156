import type { Timer } from '../clock.ts'
import { MAX_BATCH_BYTES } from '../ports/limits.ts'
import type { Services } from '../services/services.ts'
import type { BatchRules } from './batch-rules.ts'
import type { Buffer } from './buffer.ts'
import type { Held } from './held.ts'
import type { Ticker } from './ticker.ts'

export interface GatheringParts {
  readonly services: Pick<Services, 'clock'>
  readonly rules: Pick<BatchRules, 'size' | 'waitMs'>
  readonly buffer: Buffer
  readonly ticker: Ticker
}

/**
 * Decides when the claimed tasks that wait are a batch: when they are enough, when the first has waited long enough, or
 * before one of them has waited longer than it may. One that was in a batch that failed is a batch by itself, and waits
 * for nothing.
 */
export class Gathering {
  readonly #parts: GatheringParts
  #timer: Timer | undefined

  constructor(parts: GatheringParts) {
    this.#parts = parts
  }

  get waitMs(): number {
    return this.#parts.rules.waitMs
  }

  /** The next batch, which a free slot takes; empty: not yet, and the worker looks again when it is time. */
  take(): readonly Held[] {
    const { buffer, rules } = this.#parts
    while (buffer.first?.gone) buffer.shift()
    const batch: Held[] = []
    if (!this.#isDue()) return batch
    while (batch.length < rules.size) {
      const { first } = buffer
      if (first === undefined || (first.apart && batch.length > 0)) break
      buffer.shift()
      if (!first.gone) batch.push(first)
      if (first.apart) break
    }
    return batch
  }

  close(): void {
    this.#timer?.cancel()
  }

  #isDue(): boolean {
    const { buffer, rules, services, ticker } = this.#parts
    const { oldestSince } = buffer
    if (oldestSince === undefined) return false
    // No more than that is claimed beside it.
    if (buffer.size >= rules.size || buffer.bytes >= MAX_BATCH_BYTES || buffer.apart > 0) return true
    const leftMs = Math.min(oldestSince + rules.waitMs, buffer.beginBy) - services.clock.now()
    if (leftMs <= 0) return true
    this.#timer?.cancel()
    this.#timer = services.clock.schedule(() => ticker.kick(), leftMs)
    return false
  }
}
