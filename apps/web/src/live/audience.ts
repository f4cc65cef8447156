import { Viewer } from './viewer.ts'
import type { LiveEvent } from './event-text.ts'

const MOST_VIEWERS = 100
/** Viewers from one address, so that one client cannot take all seats. */
const MOST_OF_ONE = 25
const HEARTBEAT_MS = 15_000
const RECONNECT_AFTER_MS = 1_000

/** The browsers that watch this process. */
export class Audience {
  readonly #viewers = new Set<Viewer>()
  readonly #seats = new Map<string, number>()
  #heartbeat: NodeJS.Timeout | undefined
  #closed = false

  get size(): number {
    return this.#viewers.size
  }

  /**
   * Adds a viewer, which gets `past` first; returns undefined when there are too many, in total or from this address.
   */
  admit(address: string, past: readonly LiveEvent[]): Viewer | undefined {
    const taken = this.#seats.get(address) ?? 0
    if (this.#closed || this.#viewers.size >= MOST_VIEWERS || taken >= MOST_OF_ONE) return undefined
    const viewer = new Viewer()
    this.#seats.set(address, taken + 1)
    viewer.once('close', () => this.#leave(viewer, address))
    viewer.write(`retry: ${RECONNECT_AFTER_MS}\n\n`)
    for (const event of past) viewer.tell(event)
    this.#viewers.add(viewer)
    this.#heartbeat ??= setInterval(() => this.#viewers.forEach((each) => each.beat()), HEARTBEAT_MS)
    return viewer
  }

  tell(event: LiveEvent): void {
    for (const viewer of this.#viewers) viewer.tell(event)
  }

  close(): void {
    this.#closed = true
    for (const viewer of this.#viewers) viewer.end()
  }

  #leave(viewer: Viewer, address: string): void {
    this.#viewers.delete(viewer)
    const left = (this.#seats.get(address) ?? 0) - 1
    if (left > 0) this.#seats.set(address, left)
    else this.#seats.delete(address)
    if (this.#viewers.size > 0) return
    clearInterval(this.#heartbeat)
    this.#heartbeat = undefined
  }
}
