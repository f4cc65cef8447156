import type { EndState } from '../end-state/end-state.ts'
import type { Account } from './account.ts'
import type { Fault } from './circumstances.ts'
import type { Expectations } from './expectations.ts'
import type { Violation } from './violation.ts'

export interface Liveness {
  readonly unavailableMs: readonly number[]
  readonly recoveryMs: readonly number[]
  readonly violations: readonly Violation[]
}

/**
 * I10: after a fault work goes on soon, the backlog is worked off, no call hangs, and closing keeps its deadline.
 * `progress`: the times at which a task or message was done.
 */
export function checkLiveness(
  account: Account,
  progress: readonly number[],
  state: EndState | undefined,
  restarts: ReadonlyMap<Fault, number>,
  expected: Expectations,
): Liveness {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I10', what })
  if (progress.length === 0) say('no task or message was done')
  const unavailableMs: number[] = []
  const recoveryMs: number[] = []
  for (const fault of account.faults) {
    const restartedAt = expected.prioritized ? 0 : (restarts.get(fault) ?? 0)
    const goesOnAt = progress.find((at) => at >= fault.endAt)
    // Without work after the fault there was none left.
    const recovery = Math.max(goesOnAt ?? 0, restartedAt, fault.endAt) - fault.endAt
    recoveryMs.push(recovery)
    unavailableMs.push(longestGap(progress, fault.beginAt, fault.endAt + recovery))
    if (recovery > expected.recoverWithinMs) say(`after ${fault.name} it took ${Math.round(recovery)} ms to go on`)
  }
  for (const { n, place } of state?.tasks ?? []) say(`${n} is left ${place}`)
  for (const event of account.events) {
    if (event.ev === 'closed' && event.tookMs > event.deadlineMs + expected.closeGraceMs) {
      say(`${event.proc} took ${Math.round(event.tookMs)} ms to close, its deadline was ${event.deadlineMs} ms`)
    }
    if (!expected.silent) continue
    if (event.ev === 'error') say(`${event.proc} reported ${event.code}: ${event.message}`)
    else if (/^(enqueue|publish)\.(unknown|failed)$/.test(event.ev) && 'why' in event) {
      say(`a call of ${event.proc} failed: ${event.why}`)
    }
  }
  return { unavailableMs, recoveryMs, violations }
}

/** The longest time without progress that touches the span. */
function longestGap(progress: readonly number[], from: number, until: number): number {
  let longest = 0
  let before = from
  for (const at of progress) {
    if (at < from) {
      before = at
      continue
    }
    longest = Math.max(longest, at - before)
    before = at
    if (at > until) return longest
  }
  return Math.max(longest, until - before)
}
