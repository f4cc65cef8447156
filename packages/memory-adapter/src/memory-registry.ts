import type { NamesQuery, NotedWorker, Registry, RegistryNews } from '@mq/core/adapter'
import { checkNamesQuery, checkNews, MAX_LISTED_WORKERS, WORKER_KEPT_MS } from '@mq/core/adapter'
import type { StorageClock } from './storage-clock.ts'

interface Kept {
  readonly about: string
  readonly at: number
}

/** What all participants of one adapter noted. */
export class RegistryState {
  readonly #clock: StorageClock
  readonly #names = { queue: new Set<string>(), channel: new Set<string>() }
  /** The one that was noted longest ago first. */
  readonly #workers = new Map<string, Kept>()

  constructor(clock: StorageClock) {
    this.#clock = clock
  }

  note({ used = [], obliterated = [], working = [], left = [] }: RegistryNews): void {
    const at = this.#clock.now()
    for (const { kind, name } of obliterated) this.#names[kind].delete(name)
    for (const { kind, name } of used) this.#names[kind].add(name)
    for (const id of left) this.#workers.delete(id)
    for (const { id, about } of working) {
      this.#workers.delete(id)
      this.#workers.set(id, { about, at })
    }
    this.#drop(at)
  }

  names({ kind, after, limit }: NamesQuery): readonly string[] {
    const behind = [...this.#names[kind]].filter((name) => after === undefined || name > after)
    return behind.sort().slice(0, limit)
  }

  workers(): readonly NotedWorker[] {
    this.#drop(this.#clock.now())
    return [...this.#workers].map(([id, { about, at }]) => ({ id, about, seenAt: Math.floor(this.#clock.epochMs(at)) }))
  }

  #drop(now: number): void {
    for (const [id, { at }] of this.#workers) {
      if (now - at < WORKER_KEPT_MS && this.#workers.size <= MAX_LISTED_WORKERS) return
      this.#workers.delete(id)
    }
  }
}

/** One participant's access to it. */
export function createMemoryRegistry(state: RegistryState, assertOpen: () => void): Registry {
  return {
    async note(news) {
      assertOpen()
      checkNews(news)
      state.note(news)
    },
    async names(query) {
      assertOpen()
      checkNamesQuery(query)
      return state.names(query)
    },
    async workers() {
      assertOpen()
      return state.workers()
    },
  }
}
