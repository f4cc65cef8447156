import type { EndState } from '../end-state/end-state.ts'
import type { Violation } from './violation.ts'

/** I9: every key is documented, each task is in one place, counters are right, and what has ended is bounded. */
export function checkStructure(state: EndState | undefined): Violation[] {
  return (state?.defects ?? []).map((what) => ({ invariant: 'I9', what }))
}
