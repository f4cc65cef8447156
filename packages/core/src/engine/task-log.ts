import { textOf } from '../errors.ts'
import { MAX_LOG_LINE, MAX_LOG_LINES } from '../ports/limits.ts'
import type { Note } from '../ports/note.ts'

const MAX_CHARACTERS = 1_000

/** The lines of a run's log that are not sent yet: the last ones, and how many were dropped before them. */
export class TaskLog {
  readonly #lease: string
  readonly #lines: string[] = []
  #dropped = 0
  #sending: Promise<void> | undefined

  constructor(lease: string) {
    this.#lease = lease
  }

  /** Never throws, since a handler may pass any value. */
  add(line: unknown): void {
    this.#lines.push(written(textOf(line)))
    if (this.#lines.length <= MAX_LOG_LINES) return
    this.#lines.shift()
    this.#dropped++
  }

  /** Undefined: there is nothing to send. */
  take(): Note | undefined {
    if (this.#lines.length === 0) return undefined
    const note = { lease: this.#lease, kind: 'log', body: this.#lines.join('\n'), dropped: this.#dropped } as const
    this.#lines.length = 0
    this.#dropped = 0
    return note
  }

  /** Resolves when no call with lines of it is under way; undefined: none is. */
  get sending(): Promise<void> | undefined {
    return this.#sending
  }

  /** A call that brings lines of it is under way. */
  sent(call: Promise<void>): void {
    const sending = Promise.all([this.#sending, call]).then(() => {
      if (this.#sending === sending) this.#sending = undefined
    })
    this.#sending = sending
  }

  /** A note could not be stored: the next one says so. */
  lost({ body, dropped = 0 }: Note): void {
    this.#dropped += body.split('\n').length + dropped
  }
}

/** As JSON, so that it is one line. */
function written(text: string): string {
  const line = JSON.stringify(text.slice(0, MAX_CHARACTERS))
  return line.length > MAX_LOG_LINE ? JSON.stringify(text.slice(0, MAX_LOG_LINE / 8)) : line
}
