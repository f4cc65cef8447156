import { doChores } from '../flows/do-chores.ts'
import type { FlowStore } from '../flows/flow-store.ts'
import { toError } from '../errors.ts'
import { pause } from '../waiting/pause.ts'
import type { Services } from '../services/services.ts'

/** After a failure, ms. What was taken over then is free for others a few seconds later. */
const AGAIN_MS = 1_000

export interface RelayerParts {
  readonly queue: string
  readonly services: Services
  /** Undefined where there are no flows. */
  readonly store: FlowStore | undefined
}

/**
 * Does the chores of flows in this queue: reports ends to children, links those that nobody linked, enqueues
 * what follows a task. Any worker does; the storage says with each turn that there are some.
 */
export class Relayer {
  readonly #parts: RelayerParts
  #noticed = false
  #running: Promise<void> | undefined
  #restsUntil = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(parts: RelayerParts) {
    this.#parts = parts
  }

  /** A turn said that there are some. */
  notice(): void {
    const { services, store } = this.#parts
    if (store === undefined || this.#closed || services.clock.now() < this.#restsUntil) return
    this.#noticed = true
    this.#running ??= this.#run(store)
  }

  /** What is under way has this long to end; others do what is left. */
  async close(withinMs: number): Promise<void> {
    const { clock } = this.#parts.services
    const stop = new AbortController()
    if (this.#running) await Promise.race([this.#running, pause(clock, withinMs, stop.signal)])
    stop.abort()
    this.#closed = true
  }

  async #run(store: FlowStore): Promise<void> {
    const { queue, services } = this.#parts
    try {
      while (this.#noticed && !this.#closed) {
        this.#noticed = false
        while (!this.#closed && (await doChores(store, queue)) > 0);
      }
    } catch (thrown) {
      this.#restsUntil = services.clock.now() + AGAIN_MS
      if (this.#closed || services.closed.aborted) return
      const err = toError(thrown)
      services.logger.warn({ queue, err }, 'what follows from ended tasks was not done, and will be tried again')
      services.onError(err)
    } finally {
      this.#running = undefined
    }
  }
}
