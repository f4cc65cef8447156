export interface Rate {
  readonly count: number
  readonly perMs: number
  readonly burst?: number
}

export interface Limits {
  readonly concurrency?: number
  readonly rate?: Rate
  readonly perKey?: { readonly concurrency?: number; readonly rate?: Rate; readonly holdOnRetry?: boolean }
}

export interface LimitsInForce {
  readonly limits: Limits
  readonly overridden: boolean
  readonly defined?: Limits
  readonly heldForMs?: number
  readonly changed?: { readonly at: number; readonly by?: string }
  /** Another definition's; false: it has none. */
  readonly contested?: Limits | false
}

/** null: no limit. */
export interface LimitsPatch {
  readonly concurrency: number | null
  readonly rate: Rate | null
  readonly perKey: {
    readonly concurrency: number | null
    readonly rate: Rate | null
    readonly holdOnRetry: boolean | null
  } | null
}

export interface KeyEntry {
  readonly key: string
  readonly waiting: number
  readonly running: number
  readonly nextEnqueuedAt?: number
  readonly heldBack?: {
    readonly by: 'concurrency' | 'rate' | 'hold'
    readonly limit?: number
    readonly freeInMs?: number
  }
}

export type KeyOrder = 'waiting' | 'running' | 'oldest'

export interface RankedKeys {
  readonly keys: readonly KeyEntry[]
  readonly scanned?: number
  readonly more?: boolean
}
