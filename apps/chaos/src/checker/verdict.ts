import type { AnswerFigures } from './answers.ts'
import type { IsolationFigures } from './isolation.ts'
import type { Violation } from './violation.ts'

/** What one run showed. Passed when there is no violation. */
export interface Verdict {
  readonly violations: readonly Violation[]
  readonly figures: Figures
}

export interface Figures {
  /** Enqueues and publishes that were begun. */
  readonly operations: number
  readonly acknowledged: number
  readonly unknown: number
  readonly failed: number
  /** Acknowledged and lost, though the durability class keeps them. */
  readonly lost: number
  /** Acknowledged and lost, as the durability class allows: not yet on disk when the power failed. */
  readonly unsynced: number
  /** Ran or stored, and never enqueued. */
  readonly unexpected: number
  readonly starts: number
  /** Starts of a task beyond its first, without those that its handler's retry asked for. */
  readonly duplicates: number
  /** Tasks in flight at faults: the most that may run again. */
  readonly bound: number
  readonly beyondBound: number
  /** Settlements by a worker that no longer had the lease. */
  readonly staleAttempts: number
  readonly staleRefused: number
  readonly faults: number
  /** How often a process got no CPU for half a lease: faults that the harness did not cause. */
  readonly stalls: number
  /** Per fault: the longest time without a finished task (or message). */
  readonly unavailableMs: readonly number[]
  /** Per fault: from its end until a task (or message) was done, and all that was in flight at it had started again. */
  readonly recoveryMs: readonly number[]
  /** Where it was measured. */
  readonly isolation: IsolationFigures | undefined
  /** Where results were awaited. */
  readonly answers: AnswerFigures | undefined
}
