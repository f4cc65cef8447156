/** A task with those that it runs after and those that run after it, over all queues. */
export interface FlowGraph {
  /** The task itself first. */
  readonly tasks: readonly FlowTask[]
  /** `from` has to end before `to` runs: indices into `tasks`. */
  readonly edges: readonly { readonly from: number; readonly to: number }[]
  /** There are more than the limit let through. */
  readonly more: boolean
}

export interface FlowTask {
  readonly queue: string
  /** The caller's own, or the one the storage gave. */
  readonly id: string
  readonly state:
    | 'waiting'
    | 'blocked'
    | 'delayed'
    | 'running'
    | 'completed'
    | 'dead'
    | 'cancelled'
    | 'expired'
    /** Nothing is kept of it any more. */
    | 'unknown'
}

export interface GraphOptions {
  /** The most tasks: 1–1,000. Default 200. */
  readonly limit?: number | undefined
}
