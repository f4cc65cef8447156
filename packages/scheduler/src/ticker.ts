import { MqError, toError } from '@mq/core'
import type { ScheduleBook } from '@mq/core'
import { doDue, unreadable } from './do-due.ts'

/** So many are read and done in one step. */
const AT_ONCE = 100
/** Where others were faster, or time went back between two calls, ms. */
const MOMENT_MS = 20
/** The pauses while the storage is unavailable double from the first to the second. */
const FIRST_PAUSE_MS = 100
const MOST_PAUSE_MS = 5_000

/**
 * Ticks the schedules of one queue: sleeps until the next one is due by the storage's clock, a schedule is set, or it
 * is time to look whether a hint of that was lost. No failure ends it; a broker that is closed does.
 */
export class Ticker {
  readonly #book: ScheduleBook<any>
  readonly #pollMs: number
  #wake = new AbortController()
  /** Something was set while it was not asleep. */
  #isDirty = false
  #isClosed = false
  #failures = 0
  readonly #end: Promise<void>

  constructor(book: ScheduleBook<any>, pollMs: number) {
    this.#book = book
    this.#pollMs = pollMs
    this.#end = this.#run()
  }

  wake(): void {
    this.#isDirty = true
    this.#wake.abort()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.wake()
    await this.#end
  }

  async #run(): Promise<void> {
    const listening = this.#listen()
    while (!this.#isClosed) {
      this.#wake = new AbortController()
      this.#isDirty = false
      const pauseMs = await this.#round()
      // Where a pause ends at once, as in a broker that is closed, a failure must not hold up the process.
      if (this.#failures > 0) await new Promise((resolve) => setImmediate(resolve))
      if (pauseMs > 0 && !this.#isClosed && !this.#isDirty) await this.#book.pause(pauseMs, this.#wake.signal)
    }
    const listener = await listening
    await listener?.close().catch((thrown: unknown) => this.#reportUnlessClosed(thrown))
  }

  /** Without hints it looks at its intervals. */
  async #listen(): Promise<{ close(): Promise<void> } | undefined> {
    try {
      return await this.#book.listen(() => this.wake())
    } catch (thrown) {
      this.#reportUnlessClosed(thrown)
      return undefined
    }
  }

  /** That the broker is closed is no fault. */
  #reportUnlessClosed(thrown: unknown): void {
    if (!MqError.is(thrown, 'closed')) this.#book.report(toError(thrown))
  }

  /** Returns how long to sleep, ms. */
  async #round(): Promise<number> {
    const book = this.#book
    try {
      const { at, schedules, malformed, nextDueAt } = await book.due(AT_ONCE)
      for (const name of malformed) book.report(unreadable(book.queue, name))
      const isDone = schedules.length > 0 && (await doDue(book, schedules, at))
      this.#failures = 0
      if (schedules.length > 0) return isDone ? 0 : MOMENT_MS
      const pollMs = this.#pollMs * (0.75 + Math.random() / 4)
      return nextDueAt === undefined ? pollMs : Math.min(pollMs, Math.max(1, nextDueAt - at))
    } catch (thrown) {
      if (MqError.is(thrown, 'closed')) {
        this.#isClosed = true
        return 0
      }
      // Once for each outage.
      if (this.#failures++ === 0) book.report(toError(thrown))
      return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10), MOST_PAUSE_MS)
    }
  }
}
