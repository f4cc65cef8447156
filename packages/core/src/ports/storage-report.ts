/**
 * What an operator has to know of a storage. For people, and for programs that show it to them: it has no secret, no
 * address and nothing that users stored.
 */
export interface StorageReport {
  /** `redis`, `valkey`, `memory`. */
  readonly kind: string
  readonly version?: string | undefined
  /** In an order to show them in. What the storage does not say is missing. */
  readonly facts: readonly StorageFact[]
  /** What is wrong first; at least one. */
  readonly findings: readonly StorageFinding[]
}

export interface StorageFact {
  /** Stable: `memory-used`. */
  readonly name: string
  readonly value: number | string | boolean
  /** Of a number; a count has none. */
  readonly unit?: 'bytes' | 'ms' | 'perSecond' | 'ratio' | undefined
}

export interface StorageFinding {
  /**
   * `error`: tasks are lost or refused, or soon will be. `warning`: what a failure would cost, or what gets worse.
   * `ok`: worth knowing.
   */
  readonly level: 'ok' | 'warning' | 'error'
  /** Stable: `memory-full`. */
  readonly code: string
  /** A sentence or two, in English: what is so, and what to do. */
  readonly text: string
}
