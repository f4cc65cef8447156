import { systemClock } from '@mq/core'
import type { Clock, Timer } from '@mq/core'
import { Readable } from 'node:stream'
import { eventText } from './event-text.ts'

const MOST_UNREAD_BYTES = 65_536
/** To take what is unread when the stream ends. A server that closes waits for it. */
const LAST_READ_WITHIN_MS = 2_000

/** Why a stream ends: the server stops, it is time to check the access again, or another client had none. */
export type ByeReason = 'closing' | 'renew' | 'share'

/**
 * One connection of a browser. When it reads too slowly it gets the newest snapshot of each kind later, and the number
 * of messages that it missed, instead of filling memory.
 */
export class Reader extends Readable {
  readonly #waiting = new Map<string, Buffer>()
  #behind = false
  #missed = 0
  #ended = false
  readonly #clock: Clock
  #cut: Timer | undefined

  constructor(clock: Clock = systemClock) {
    super({ highWaterMark: MOST_UNREAD_BYTES })
    this.#clock = clock
  }

  /** A state that makes the one before it unimportant. */
  show(kind: string, text: Buffer): void {
    if (this.#behind) this.#waiting.set(kind, text)
    else this.#write(text)
  }

  /** An event, each of which counts. */
  add(text: Buffer): void {
    if (this.#behind) this.#missed += 1
    else this.#write(text)
  }

  /** A comment line, so that proxies and timeouts do not end a quiet connection. */
  beat(): void {
    if (!this.#behind) this.#write(BEAT)
  }

  bye(reason: ByeReason): void {
    if (this.#ended) return
    this.#write(eventText({ event: 'bye', data: { reason } }))
    this.#ended = true
    this.#waiting.clear()
    this.push(null)
    if (!this.destroyed) this.#cut = this.#clock.schedule(() => this.destroy(), LAST_READ_WITHIN_MS)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#cut?.cancel()
    done(error)
  }

  override _read(): void {
    if (!this.#behind || this.#ended) return
    this.#behind = false
    const missed = this.#missed
    this.#missed = 0
    if (missed > 0) this.#write(eventText({ event: 'gap', data: { size: missed } }))
    for (const [kind, text] of [...this.#waiting]) {
      if (this.#behind) return
      this.#waiting.delete(kind)
      this.#write(text)
    }
  }

  #write(text: Buffer): void {
    if (!this.#ended && !this.destroyed && !this.push(text)) this.#behind = true
  }
}

const BEAT = Buffer.from(':\n\n')
