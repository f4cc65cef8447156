/**
 * A directory of queues, channels and workers, for operators. Nothing else in mq depends on it: a lost entry is only
 * not listed until it is noted again, so calls are not repeated, and a storage need not keep it over a restart.
 */
export interface Registry {
  /**
   * Atomic; at most 1,000 of each list, in this order: `obliterated`, `used`, `left`, `working`. Names are kept until
   * they are obliterated; a worker until it leaves, or was not noted for `WORKER_KEPT_MS`. Of more than
   * `MAX_LISTED_WORKERS`, those that were noted last are kept.
   */
  note(news: RegistryNews): Promise<void>
  /**
   * Names of one kind, in the order of their code units: those after `after`, `limit` at the most. Fewer only at the
   * end.
   */
  names(query: NamesQuery): Promise<readonly string[]>
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

export interface NamesQuery {
  readonly kind: RegisteredKind
  readonly after?: string | undefined
  /** 1–1,000. */
  readonly limit: number
}

export interface NotedWorker extends WorkingReport {
  /** When it was last noted, ms since 1970 by the storage's clock. */
  readonly seenAt: number
}
