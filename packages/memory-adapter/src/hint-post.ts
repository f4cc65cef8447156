import type { Hint, Subscription } from '@mq/core/adapter'

interface Listener {
  readonly onHint: (hint: Hint) => void
  open: boolean
}

/** Brings hints about one queue to one participant. They arrive after the call that caused them, as over a network. */
export class HintPost {
  readonly #listeners = new Set<Listener>()
  readonly #onError: (error: Error) => void

  constructor(onError: (error: Error) => void) {
    this.#onError = onError
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0
  }

  listen(onHint: (hint: Hint) => void): Subscription {
    const listener: Listener = { onHint, open: true }
    this.#listeners.add(listener)
    return {
      get live() {
        return listener.open
      },
      close: async () => {
        listener.open = false
        this.#listeners.delete(listener)
      },
    }
  }

  /** Returns false when nobody listens. */
  send(hint: Hint): boolean {
    if (!this.isHeard) return false
    queueMicrotask(() => {
      for (const listener of [...this.#listeners]) this.#deliver(listener, hint)
    })
    return true
  }

  close(): void {
    for (const listener of this.#listeners) listener.open = false
    this.#listeners.clear()
  }

  #deliver(listener: Listener, hint: Hint): void {
    if (!listener.open) return
    try {
      listener.onHint(hint)
    } catch (thrown) {
      this.#onError(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }
}
