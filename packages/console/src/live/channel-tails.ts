import { systemClock } from '@mq/core'
import type { Clock, MessageSource, Timer } from '@mq/core'
import type { Redact } from '../access/redaction.ts'
import type { Role } from '../access/role.ts'
import { Problem } from '../problems/problem.ts'
import { ChannelTail } from './channel-tail.ts'
import type { Reader } from './reader.ts'

const MOST_CHANNELS = 50
/** A browser that lost its connection comes back within this time, and gets what it missed. */
const LINGER_MS = 10_000
/** A storage that takes longer to subscribe counts as away. */
const PATIENCE_MS = 5_000

export interface ChannelTailsOptions {
  readonly redact: Redact
  readonly clock?: Clock | undefined
}

interface Open {
  readonly tail: ChannelTail
  readonly closing: AbortController
  readonly ready: Promise<void>
  timer?: Timer | undefined
}

/** The channels that somebody watches: one subscription each, which ends soon after its last reader has left. */
export class ChannelTails {
  readonly #options: ChannelTailsOptions
  readonly #clock: Clock
  readonly #open = new Map<string, Open>()

  constructor(options: ChannelTailsOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  get size(): number {
    return this.#open.size
  }

  /**
   * Resolves when messages that are published from now on will reach who joins. Throws what subscribing throws, and a
   * 503 where the storage is away: then it goes on, for those who come again.
   */
  async follow(channel: MessageSource): Promise<void> {
    const open = this.#open.get(channel.name) ?? this.#begin(channel)
    await this.#inTime(open.ready)
  }

  /** Call it at once after `follow`. */
  join(channel: MessageSource, reader: Reader, role: Role, seen: string | undefined): void {
    const open = this.#open.get(channel.name)
    if (open === undefined) return reader.bye('closing')
    open.timer?.cancel()
    open.timer = undefined
    open.tail.join(reader, role, seen)
    reader.once('close', () => this.#leave(channel.name, open))
  }

  close(): void {
    for (const name of [...this.#open.keys()]) this.#end(name)
  }

  #begin(channel: MessageSource): Open {
    if (this.#open.size >= MOST_CHANNELS && !this.#makeRoom()) {
      throw new Problem(503, 'unavailable', 'too many channels are watched: try again later', { retryAfterS: 10 })
    }
    const { name } = channel
    const tail = new ChannelTail(channel, this.#options.redact)
    const closing = new AbortController()
    const ready = tail.follow(closing.signal, () => this.#end(name, open))
    const open: Open = { tail, closing, ready }
    this.#open.set(name, open)
    ready.then(
      () => this.#leave(name, open), // in case nobody joins
      () => this.#end(name, open),
    )
    return open
  }

  async #inTime(ready: Promise<void>): Promise<void> {
    let timer: Timer | undefined
    const late = new Promise<never>((_resolve, reject) => {
      const problem = new Problem(503, 'unavailable', 'the storage did not answer in time', { retryAfterS: 1 })
      timer = this.#clock.schedule(() => reject(problem), PATIENCE_MS)
    })
    try {
      await Promise.race([ready, late])
    } finally {
      timer?.cancel()
    }
  }

  /** Ends one that nobody watches: it only waits for a reader to come back. */
  #makeRoom(): boolean {
    for (const [name, open] of this.#open) {
      if (open.timer === undefined || open.tail.size > 0) continue
      this.#end(name, open)
      return true
    }
    return false
  }

  #leave(name: string, open: Open): void {
    if (open.tail.size > 0 || this.#open.get(name) !== open) return
    open.timer?.cancel()
    open.timer = this.#clock.schedule(() => this.#end(name, open), LINGER_MS)
  }

  #end(name: string, only?: Open): void {
    const open = this.#open.get(name)
    if (open === undefined || (only !== undefined && only !== open)) return
    this.#open.delete(name)
    open.timer?.cancel()
    open.tail.bye()
    open.closing.abort()
  }
}
