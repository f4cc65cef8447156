export type FlowState =
  | 'waiting'
  | 'blocked'
  | 'delayed'
  | 'running'
  | 'completed'
  | 'dead'
  | 'cancelled'
  | 'expired'
  | 'unknown'

export interface FlowTask {
  readonly queue: string
  readonly id: string
  readonly state: FlowState
}

/** A task with those that it runs after and those that run after it. */
export interface FlowGraph {
  /** The task itself first, then those that are nearest. */
  readonly tasks: readonly FlowTask[]
  /** `from` has to end before `to` runs: places in `tasks`. */
  readonly edges: readonly { readonly from: number; readonly to: number }[]
  readonly more: boolean
}
