import type { KeptOrder, NamesQuery, NotedWorker, Registry, RegistryNews } from '@mq/core/adapter'
import { checkNamesQuery, checkNews, checkOrder, MAX_LISTED_WORKERS, WORKER_KEPT_MS } from '@mq/core/adapter'
import type { HintPost } from './hint-post.ts'
import type { StorageClock } from './storage-clock.ts'

interface Kept {
  readonly about: string
  readonly at: number
  /** Of the participant that noted it. */
  readonly onOrder: () => void
  order?: KeptOrder | undefined
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

  note({ used = [], obliterated = [], working = [], left = [] }: RegistryNews, onOrder: () => void): KeptOrder[] {
    const at = this.#clock.now()
    for (const { kind, name } of obliterated) this.#names[kind].delete(name)
    for (const { kind, name } of used) this.#names[kind].add(name)
    for (const id of left) this.#workers.delete(id)
    this.#drop(at)
    const orders: KeptOrder[] = []
    for (const { id, about } of working) {
      const order = this.#workers.get(id)?.order
      if (order !== undefined) orders.push(order)
      this.#workers.delete(id)
      this.#workers.set(id, { about, at, onOrder, order })
    }
    this.#drop(at)
    return orders
  }

  names({ kind, after, limit }: NamesQuery): readonly string[] {
    const behind = [...this.#names[kind]].filter((name) => after === undefined || name > after)
    return behind.sort().slice(0, limit)
  }

  order(id: string, what: string): boolean {
    const now = this.#clock.now()
    this.#drop(now)
    const kept = this.#workers.get(id)
    if (kept === undefined) return false
    kept.order = { id, n: Math.max(this.#clock.epochMs(now), (kept.order?.n ?? 0) + 1), what }
    kept.onOrder()
    return true
  }

  workers(): readonly NotedWorker[] {
    const now = this.#clock.now()
    this.#drop(now)
    return [...this.#workers].map(([id, { about, at }]) => ({
      id,
      about,
      seenAt: Math.floor(this.#clock.epochMs(at)),
      seenAgoMs: Math.floor(Math.max(0, now - at)),
    }))
  }

  #drop(now: number): void {
    for (const [id, { at }] of this.#workers) {
      if (now - at < WORKER_KEPT_MS && this.#workers.size <= MAX_LISTED_WORKERS) return
      this.#workers.delete(id)
    }
  }
}

/** One participant's access to it. */
export function createMemoryRegistry(state: RegistryState, assertOpen: () => void, post: HintPost): Registry {
  const onOrder = (): void => void post.send({ kind: 'work' })
  return {
    async note(news) {
      assertOpen()
      checkNews(news)
      return state.note(news, onOrder)
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
    async order(id, what) {
      assertOpen()
      checkOrder(id, what)
      return state.order(id, what)
    },
    async listen(listener) {
      assertOpen()
      return post.listen(() => listener())
    },
  }
}
