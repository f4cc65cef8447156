/** The queue that it concerns, where that is one of flows. */
export interface OfQueue {
  readonly queue?: string | undefined
}

/** What a producer wants of a task of a flow, before it is there. */
export interface FlowPlanned extends OfQueue {
  readonly ev: 'flow.plan'
  readonly task: number
  readonly after: readonly number[]
  readonly onDead: 'bury' | 'run' | 'cancel'
  readonly delayMs?: number | undefined
  /** The task whose handler enqueues it, and how. */
  readonly of?: number | undefined
  readonly by?: 'enqueue' | 'next' | undefined
}

/** What a handler was told of those that its task ran after. */
export interface FlowParents {
  readonly ev: 'flow.parents'
  readonly task: number
  readonly n: string
  readonly parents: readonly ToldParent[]
}

export interface ToldParent extends OfQueue {
  readonly id: string
  readonly state: string
  readonly result?: unknown
}
