import { MOST_WAIT_MS } from './ahead.ts'
import type { Buffer } from './buffer.ts'
import type { Gathering } from './gathering.ts'
import type { Held } from './held.ts'
import type { Returns } from './returns.ts'
import type { Slots } from './slots.ts'
import type { Ticker } from './ticker.ts'

/** Handlers that end at once would block the event loop: after so many tasks it gets a turn. */
const STARTS_PER_TICK = 128
/**
 * It also gets one after this many ms of handlers that block it: events that are due meanwhile may change what has to
 * be started.
 */
const MOST_TICK_MS = 10

export interface StarterParts {
  readonly buffer: Buffer
  /** Where handlers get batches. */
  readonly gathering: Gathering | undefined
  readonly returns: Returns
  readonly slots: Slots
  readonly ticker: Ticker
  /** Starts a task, or a batch; returns when. */
  readonly start: (held: Held) => number
  readonly startBatch: (batch: readonly Held[]) => number
}

/** Moves tasks from the buffer into free slots. */
export class Starter {
  readonly #parts: StarterParts
  #starts = STARTS_PER_TICK
  #looping = false
  /** When the first handler of this turn of the event loop began. */
  #tickAt: number | undefined

  constructor(parts: StarterParts) {
    this.#parts = parts
  }

  /** A new turn of the event loop. */
  tick(): void {
    this.#starts = STARTS_PER_TICK
    this.#tickAt = undefined
    this.run()
  }

  run(): void {
    if (this.#looping) return
    this.#looping = true
    try {
      this.#startSome()
    } finally {
      this.#looping = false
    }
  }

  close(): void {
    this.#parts.gathering?.close()
  }

  #startSome(): void {
    const { buffer, gathering, slots, start, ticker } = this.#parts
    while (buffer.size > 0 && slots.hasFree) {
      if (this.#starts <= 0) return ticker.kick()
      if (gathering !== undefined) {
        if (!this.#startBatch(gathering.take())) return
        continue
      }
      const held = buffer.shift()!
      if (!held.gone) this.#started(start(held), held, 0)
    }
  }

  #startBatch(batch: readonly Held[]): boolean {
    const [first] = batch
    if (first === undefined) return false
    const { gathering, startBatch } = this.#parts
    this.#started(startBatch(batch), first, gathering!.waitMs, batch.length)
    return true
  }

  /** `waitMs`: how long it was to wait for others. */
  #started(at: number, { bufferedAt }: Held, waitMs: number, count = 1): void {
    this.#starts -= count
    this.#tickAt ??= at
    if (at - this.#tickAt > MOST_TICK_MS) this.#starts = 0
    if (at - bufferedAt >= waitMs + MOST_WAIT_MS) this.#parts.returns.tooLate()
  }
}
