import type { Environment, Subscription } from '@mq/core'
import { MqError, toError } from '@mq/core'
import type { RedisClient } from './client.ts'
import type { Link } from './link.ts'

export interface TopicListener {
  onMessage(text: string): void
  /** Messages may have been missed; from now on they arrive. */
  onInterruption(): void
}

/**
 * All that this process hears by pub/sub, over one connection: one subscription for each topic, whatever the number of its
 * listeners. After every reconnection all topics are subscribed again before the link counts as up.
 */
export class Hints {
  readonly #environment: Environment
  readonly #listeners = new Map<string, Set<TopicListener>>()
  readonly #subscribed = new Map<string, Promise<unknown>>()
  #hooked: RedisClient | undefined
  #link: Link | undefined

  constructor(environment: Environment) {
    this.#environment = environment
  }

  get live(): boolean {
    return this.#link?.up === true
  }

  use(link: Link): void {
    this.#link = link
  }

  /** The link's `prepare`. */
  async resubscribe(client: RedisClient): Promise<void> {
    if (this.#hooked !== client) {
      this.#hooked?.off('message', this.#onMessage)
      this.#hooked = client
      client.on('message', this.#onMessage)
    }
    this.#subscribed.clear()
    const topics = [...this.#listeners.keys()]
    for (const topic of topics) this.#subscribed.set(topic, Promise.resolve())
    if (topics.length > 0) await client.subscribe(...topics)
  }

  /** The link's `onUp`. A topic that came while the others were being subscribed again is subscribed now. */
  announce(): void {
    for (const topic of this.#listeners.keys()) {
      this.#subscribe(topic).then(
        () => this.#interrupt(topic),
        (thrown: unknown) => this.#environment.onError(toError(thrown)),
      )
    }
  }

  #interrupt(topic: string): void {
    for (const listener of this.#listeners.get(topic) ?? []) {
      try {
        listener.onInterruption()
      } catch (thrown) {
        this.#environment.onError(toError(thrown))
      }
    }
  }

  /** Resolves when messages published from now on are heard, or at once while the link is down: it catches up by itself. */
  async listen(topic: string, listener: TopicListener): Promise<() => Promise<void>> {
    const listeners = this.#listeners.get(topic) ?? new Set()
    listeners.add(listener)
    this.#listeners.set(topic, listeners)
    try {
      await this.#subscribe(topic)
    } catch (thrown) {
      await this.#leave(topic, listener)
      throw thrown
    }
    return () => this.#leave(topic, listener)
  }

  /** A subscription made of several such listeners. */
  together(leave: readonly (() => Promise<void>)[]): Subscription {
    const isLive = (): boolean => this.live
    let closed = false
    return {
      get live() {
        return !closed && isLive()
      },
      async close() {
        closed = true
        await Promise.all(leave.map((each) => each()))
      },
    }
  }

  async #subscribe(topic: string): Promise<void> {
    const link = this.#link!
    if (link.closed) throw new MqError('closed', 'the connection is closed')
    if (!link.up) return
    const subscribed = this.#subscribed.get(topic) ?? link.run('SUBSCRIBE', (client) => client.subscribe(topic))
    this.#subscribed.set(topic, subscribed)
    try {
      await subscribed
    } catch (thrown) {
      this.#subscribed.delete(topic)
      if (!MqError.is(thrown, 'unavailable')) throw thrown
    }
  }

  async #leave(topic: string, listener: TopicListener): Promise<void> {
    const listeners = this.#listeners.get(topic)
    if (!listeners?.delete(listener) || listeners.size > 0) return
    this.#listeners.delete(topic)
    this.#subscribed.delete(topic)
    const link = this.#link!
    if (!link.up) return
    // Nobody waits for it: whoever comes back subscribes after it, on the same connection.
    link
      .run('UNSUBSCRIBE', (client) => client.unsubscribe(topic))
      .catch((thrown: unknown) => {
        this.#environment.logger.debug({ topic, err: toError(thrown) }, 'a topic could not be left')
      })
  }

  readonly #onMessage = (topic: string, text: string): void => {
    for (const listener of this.#listeners.get(topic) ?? []) {
      try {
        listener.onMessage(text)
      } catch (thrown) {
        this.#environment.onError(toError(thrown))
      }
    }
  }
}
