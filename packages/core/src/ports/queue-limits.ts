/**
 * A bucket of `burst` starts, which `count` in `perMs` refill: in any time t at most `burst` + t · `count` / `perMs`
 * tasks begin.
 */
export interface RateLimit {
  readonly count: number
  readonly perMs: number
  /** 1 to `count`. */
  readonly burst: number
}

/** Of each key. Tasks without a key have none of these limits. */
export interface KeyLimits {
  /** How many tasks of a key may be leased at once. */
  readonly concurrency?: number | undefined
  readonly rate?: RateLimit | undefined
  /**
   * A task that is retried later keeps its key from being served until it is due, and is then the next of its level:
   * so the order of a key holds.
   */
  readonly holdOnRetry?: boolean | undefined
}

/** What all workers of a queue share. Counted by leases, on the storage's clock. */
export interface QueueLimits {
  /** How many tasks may be leased at once. */
  readonly concurrency?: number | undefined
  readonly rate?: RateLimit | undefined
  readonly perKey?: KeyLimits | undefined
}

/** Of a definition. `false`: from now on none. */
export type DefinedLimits = QueueLimits | false

/**
 * A queue, or the key of the task, is not served for so long; a hold that ends later stays. A task without a key holds
 * the queue.
 */
export interface Hold {
  readonly scope: 'queue' | 'key'
  readonly forMs: number
}

/**
 * Keys and limits, which an adapter may leave out, all of them together: then core refuses tasks with a key, and
 * definitions with limits.
 *
 * Laws. Where tasks have keys, each claim serves the key whose turn it is: a round is one task of each key, or `weight`
 * tasks; those without a key are one more. Inside a key the levels and the order of a queue hold; where
 * more than some hundreds are due at once, the others may come behind tasks that wait. A key that had
 * nothing to claim begins with the round that is under way, and has saved nothing up. A lease counts from the claim
 * until it is settled, ended by a cancellation, or recovered; a suspect that is set aside counts for its key, too. No
 * limit is ever exceeded by what is claimed while it holds; one that becomes lower takes no lease away.
 */
export interface QueueSharing {
  limits(): Promise<StoredLimits>
  /**
   * Sets what holds over the definition's, or without `override` ends that. Nothing is done when `version` is not that
   * of the limits any more.
   */
  setLimits(change: LimitsChange): Promise<StoredLimits>
  /** Keys of tasks that wait or are leased, each once if nothing changes meanwhile, in no order. */
  keys(query: KeysQuery): Promise<KeyPage>
}

export interface StoredLimits {
  /** Rises with each change. */
  readonly version: number
  /** The number of the last change of `override`, see `LimitsChange.order`; undefined where there was none. */
  readonly order?: number | undefined
  /** Of the definition of the worker that began last; see `Turn.limits`. */
  readonly defined?: QueueLimits | undefined
  /** What somebody set. It holds as a whole, in place of what is defined. */
  readonly override?: QueueLimits | undefined
  /** For how long the queue is held yet, ms. */
  readonly heldForMs?: number | undefined
  /** When `override` was last set or ended, ms since 1970, and by whom, where that was said. */
  readonly changed?: { readonly at: number; readonly by?: string | undefined } | undefined
  /** Of a worker whose definition has others than `defined`, and since when none of these made a turn, ms. */
  readonly contested?: { readonly limits: DefinedLimits; readonly agoMs: number } | undefined
}

export interface LimitsChange {
  readonly override?: QueueLimits | undefined
  readonly version: number
  /** Who asks for it: 0–50 characters without control characters, for people. */
  readonly by?: string | undefined
  /**
   * Of a partition only, instead of `version`: the number of this change, by which all partitions of a queue end with
   * the same one, whoever brings it. Done where none with this or a higher number came. A change by `version` has the
   * version after it as its number; a number that is higher than the version raises that.
   */
  readonly order?: number | undefined
  /** With `order`: when it was set first, ms since 1970. Default: now. */
  readonly at?: number | undefined
  /**
   * Instead of all that: the queue is held for so long, as by a `Hold`, whatever the version. A handler holds one
   * partition of its queue, and core the others.
   */
  readonly holdForMs?: number | undefined
}

export interface KeysQuery {
  /** The `next` of a page before. A text that is none is refused as `invalid-options`. */
  readonly after?: string | undefined
  /** 1–1,000. A page may hold fewer. */
  readonly limit: number
  /** This key alone; with neither of the others' pages. */
  readonly only?: string | undefined
}

export interface KeyPage {
  readonly keys: readonly KeyFacts[]
  /** Where to go on; undefined at the end, and only there. */
  readonly next?: string | undefined
}

/** What is known of one key. */
export interface KeyFacts {
  readonly key: string
  /** Not those that are delayed. */
  readonly waiting: number
  /** Leases, and suspects that are set aside. */
  readonly running: number
  /** Of the next of them that waits: when it was enqueued, ms since 1970 by the storage's clock. */
  readonly nextEnqueuedAt?: number | undefined
  /** The reason why none of them is claimed now. */
  readonly heldBack?: HeldBack | undefined
}

/** A limit that keeps tasks waiting. */
export interface HeldBack {
  readonly scope: 'queue' | 'key'
  readonly by: 'concurrency' | 'rate' | 'hold'
  /** How many may run; of `concurrency` only. */
  readonly limit?: number | undefined
  /** Until then, ms; of `concurrency` unknown: until one ends. */
  readonly freeInMs?: number | undefined
}

/** What a reply of a turn says of the limits. */
export interface LimitsNews {
  /** Another worker's definition has other limits: those. Those of the worker that began last hold. */
  readonly otherLimits?: DefinedLimits | undefined
  /** What was stored as limits could not be read, and those of the turn hold. */
  readonly unreadableLimits?: boolean | undefined
  /**
   * Leases are limited, and so many more may be given now: who holds tasks ahead keeps others from these. 0 where keys
   * limit theirs: who holds one ahead may keep another worker from the next of its key.
   */
  readonly leasesLeft?: number | undefined
  /**
   * Tasks wait, and a limit kept them from this turn, which wanted more than it was given. `nextDueInMs` says when one
   * may be claimed, and `awaitWork` holds as if nothing had been claimed; where only the end of a task lets one
   * through, that is a hint's to say.
   */
  readonly heldBack?: boolean | undefined
}
