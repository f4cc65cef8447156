import type { EndState } from '../end-state/end-state.ts'
import type { Violation } from './violation.ts'

/** I9: every key is documented, every task in one place, every counter right, everything that is over bounded. */
export function checkStructure(state: EndState | undefined): Violation[] {
  return (state?.defects ?? []).map((what) => ({ invariant: 'I9', what }))
}
