import type { ErrorFacts } from './error-facts.ts'

/** How a task ended. */
export type EndedOutcome<Result = unknown> =
  | { readonly state: 'completed'; readonly result: Result; readonly endedAt: number }
  | {
      readonly state: 'dead'
      readonly reason: string
      readonly error: ErrorFacts | undefined
      readonly endedAt: number
    }
  | { readonly state: 'cancelled'; readonly reason: string; readonly endedAt: number }
  | { readonly state: 'expired'; readonly endedAt: number }
