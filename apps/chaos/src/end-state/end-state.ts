/** What a program that knows nothing but docs/redis-layout.md found in Redis when all was over. */
export interface EndState {
  readonly tasks: readonly StoredTask[]
  readonly dead: readonly DeadTask[]
  /** From the ring of results. */
  readonly ended: readonly { readonly n: string; readonly state: 'completed' | 'expired' | 'cancelled' }[]
  /** What contradicts the documented layout, in words. */
  readonly defects: readonly string[]
  /** Entries per key. */
  readonly sizes: Readonly<Record<string, number>>
}

export interface StoredTask {
  readonly n: string
  readonly place: 'waiting' | 'delayed' | 'running'
  readonly payload: string
}

export interface DeadTask {
  readonly n: string
  readonly reason: string
  readonly payload: string
}
