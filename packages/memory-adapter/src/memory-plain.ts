import type { PlainListener, PlainStorage, Subscription } from '@mq/core/adapter'
import { getOrMake } from './get-or-make.ts'

/** What a program without this library does, with the words of a Redis client: for tests. */
export interface OtherProgram {
  lpush(list: string, ...texts: string[]): void
  rpush(list: string, ...texts: string[]): void
  lpop(list: string): string | undefined
  rpop(list: string): string | undefined
  llen(list: string): number
  /** Answers how many heard it. */
  publish(topic: string, text: string): number
  /** Calls `listener` with each text from now on; the function that it returns ends that. */
  subscribe(topic: string, listener: (text: string) => void): () => void
}

/** Plain lists and topics, which have no form of ours. A list without entries is no more. */
export class PlainState implements OtherProgram {
  readonly #lists = new Map<string, string[]>()
  readonly #topics = new Map<string, Set<(text: string) => void>>()
  /** Called when something is pushed, by list and then by queue. */
  readonly #takers = new Map<string, Map<object, () => void>>()
  readonly #inboxes = new WeakMap<object, string>()

  lpush(list: string, ...texts: string[]): void {
    getOrMake(this.#lists, list, () => []).unshift(...texts.toReversed())
    this.#pushed(list)
  }

  rpush(list: string, ...texts: string[]): void {
    getOrMake(this.#lists, list, () => []).push(...texts)
    this.#pushed(list)
  }

  lpop(list: string): string | undefined {
    return this.#popped(list, this.#lists.get(list)?.shift())
  }

  rpop(list: string): string | undefined {
    return this.#popped(list, this.#lists.get(list)?.pop())
  }

  llen(list: string): number {
    return this.#lists.get(list)?.length ?? 0
  }

  publish(topic: string, text: string): number {
    const listeners = this.#topics.get(topic) ?? new Set()
    // After the call that caused it, as over a network.
    for (const listener of listeners) queueMicrotask(() => listeners.has(listener) && listener(text))
    return listeners.size
  }

  subscribe(topic: string, listener: (text: string) => void): () => void {
    const own = (text: string): void => listener(text)
    const listeners = getOrMake(this.#topics, topic, () => new Set())
    listeners.add(own)
    return () => {
      listeners.delete(own)
      if (listeners.size === 0 && this.#topics.get(topic) === listeners) this.#topics.delete(topic)
    }
  }

  /** Lists that hold something, and topics that somebody hears. */
  get size(): number {
    return this.#lists.size + this.#topics.size
  }

  /** `queue` takes its tasks from `list`; `wake` is called when there are some. */
  follow(list: string, queue: object, wake: () => void): void {
    this.#inboxes.set(queue, list)
    getOrMake(this.#takers, list, () => new Map()).set(queue, wake)
  }

  /** How many entries lie in the inbox of a queue; undefined where it has none. */
  lengthOf(queue: object): number | undefined {
    const list = this.#inboxes.get(queue)
    return list === undefined ? undefined : this.llen(list)
  }

  #popped(list: string, text: string | undefined): string | undefined {
    if (this.#lists.get(list)?.length === 0) this.#lists.delete(list)
    return text
  }

  #pushed(list: string): void {
    for (const wake of this.#takers.get(list)?.values() ?? []) wake()
  }
}

/** One participant's access, as long as it is open. */
export function createMemoryPlain(
  state: PlainState,
  assertOpen: () => void,
  onError: (error: Error) => void,
): PlainStorage {
  return {
    async push(list, texts) {
      assertOpen()
      if (texts.length > 0) state.rpush(list, ...texts)
    },

    topic: (name) => ({
      async publish(texts) {
        assertOpen()
        for (const text of texts) state.publish(name, text)
      },

      async subscribe(listener) {
        assertOpen()
        return subscribed(state, name, listener, onError)
      },
    }),
  }
}

function subscribed(
  state: PlainState,
  name: string,
  listener: PlainListener,
  onError: (error: Error) => void,
): Subscription {
  let live = true
  const end = state.subscribe(name, (text) => {
    try {
      listener.onText(text)
    } catch (thrown) {
      onError(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  })
  return {
    get live() {
      return live
    },
    async close() {
      live = false
      end()
    },
  }
}
