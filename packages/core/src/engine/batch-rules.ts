import type { BatchHandler } from '../handler/batch-handler.ts'

/** Checked, with the defaults. */
export interface BatchRules {
  readonly handler: BatchHandler<never, unknown>
  /** The most tasks of a batch. */
  readonly size: number
  /** How long the first one waits for others, ms. */
  readonly waitMs: number
  /** A batch that fails is charged to none of its tasks: each is given back, to run in a batch of its own. */
  readonly retriesAlone: boolean
}
