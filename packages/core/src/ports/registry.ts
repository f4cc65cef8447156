import type { Subscription } from './subscription.ts'

/**
 * A directory of queues, channels and workers, for operators. Nothing else in mq depends on it: a lost entry is only
 * not listed until it is noted again, so calls are not repeated, and a storage need not keep it over a restart.
 */
export interface Registry {
  /**
   * Atomic; at most 1,000 of each list, in this order: `obliterated`, `used`, `left`, `working`. Names are kept until
   * they are obliterated; a worker until it leaves, or was not noted for `WORKER_KEPT_MS`. Of more than
   * `MAX_LISTED_WORKERS`, those that were noted last are kept. Returns the newest order of each worker in `working`, if
   * it has one, whether it was returned before or not: a reply may be lost.
   */
  note(news: RegistryNews): Promise<readonly KeptOrder[]>
  /**
   * Names of one kind, in the order of their code units: those after `after`, `limit` at the most. Fewer only at the
   * end.
   */
  names(query: NamesQuery): Promise<readonly string[]>
  /**
   * Keeps an order for a worker, as long as the worker itself, in place of the one before. False when no such worker is
   * kept: nothing was done.
   */
  order(id: string, what: string): Promise<boolean>
  /**
   * Calls back, soon after an order was given for a worker that this participant noted last, so that it may ask for it
   * at once. A hint, which may be lost. Optional: without it orders are found with the next report.
   */
  listen?(onOrder: () => void): Promise<Subscription>
  /** All workers that are kept, each once, in any order. */
  workers(): Promise<readonly NotedWorker[]>
}

export interface RegistryNews {
  readonly used?: readonly RegisteredName[] | undefined
  readonly obliterated?: readonly RegisteredName[] | undefined
  readonly working?: readonly WorkingReport[] | undefined
  /** By id. */
  readonly left?: readonly string[] | undefined
}

export type RegisteredKind = 'queue' | 'channel'

export interface RegisteredName {
  readonly kind: RegisteredKind
  readonly name: string
}

export interface WorkingReport {
  readonly id: string
  /** Written by core, opaque to the adapter; at most 4,096 characters. It replaces the last one. */
  readonly about: string
}

export interface KeptOrder {
  readonly id: string
  /**
   * Above that of every order for this worker before, also of those that are no longer kept: the storage's time in ms,
   * or one more than the last.
   */
  readonly n: number
  /** Core's word, opaque to the adapter; at most 64 characters. */
  readonly what: string
}

export interface NamesQuery {
  readonly kind: RegisteredKind
  readonly after?: string | undefined
  /** 1–1,000. */
  readonly limit: number
}

export interface NotedWorker extends WorkingReport {
  /** When it was last noted, ms since 1970 by the storage's clock. */
  readonly seenAt: number
  /** How long ago that was by the same clock, ms; at least 0. */
  readonly seenAgoMs: number
  /**
   * Whether its process has a connection to the storage just now, by which it hears hints. Undefined where the storage
   * cannot say. That of a process that was killed ends at once; that of a live one may be away for a moment.
   */
  readonly connected?: boolean | undefined
}
