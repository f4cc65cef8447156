import { Readable } from 'node:stream'
import { eventText } from './event-text.ts'
import type { LiveEvent } from './event-text.ts'

const MOST_UNREAD_BYTES = 65_536

/** One browser. When it reads too slowly it misses events, and gets their number, instead of filling memory. */
export class Viewer extends Readable {
  #behind = false
  #missed = 0

  constructor() {
    super({ highWaterMark: MOST_UNREAD_BYTES })
  }

  tell(event: LiveEvent): void {
    if (!this.#behind) return this.write(eventText(event))
    if (event.event === 'sighting') this.#missed += 1
  }

  /** A comment line, so that proxies and timeouts do not end a quiet connection. */
  beat(): void {
    if (!this.#behind) this.write(':\n\n')
  }

  write(text: string): void {
    if (!this.push(text)) this.#behind = true
  }

  end(): void {
    this.push(null)
  }

  override _read(): void {
    if (!this.#behind) return
    this.#behind = false
    const missed = this.#missed
    this.#missed = 0
    if (missed > 0) this.tell({ event: 'gap', data: { size: missed } })
  }
}
