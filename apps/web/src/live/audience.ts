import { Viewer } from './viewer.ts'
import type { LiveEvent } from './event-text.ts'

const MOST_VIEWERS = 100
const HEARTBEAT_MS = 15_000
const RECONNECT_AFTER_MS = 1_000

/** The browsers that watch this process. */
export class Audience {
  readonly #viewers = new Set<Viewer>()
  #heartbeat: NodeJS.Timeout | undefined
  #closed = false

  get size(): number {
    return this.#viewers.size
  }

  /** A new viewer that is first told `past`; undefined when there are too many. */
  admit(past: readonly LiveEvent[]): Viewer | undefined {
    if (this.#closed || this.#viewers.size >= MOST_VIEWERS) return undefined
    const viewer = new Viewer()
    viewer.once('close', () => this.#leave(viewer))
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

  #leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    if (this.#viewers.size > 0) return
    clearInterval(this.#heartbeat)
    this.#heartbeat = undefined
  }
}
