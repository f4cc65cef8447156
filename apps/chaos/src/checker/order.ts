import type { Account } from './account.ts'
import type { Violation } from './verdict.ts'

/** The storage's clock counts whole milliseconds. */
const ROUNDING_MS = 2

/** I8: nothing delayed starts early; with one producer, one worker and no retry, tasks start in the order of their receipts. */
export function checkOrder(account: Account, ordered: boolean): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I8', what })
  for (const { task, delayMs, invokedAt, starts } of account.tasks.values()) {
    const earlyMs = invokedAt + delayMs - ROUNDING_MS - (starts[0]?.at ?? Number.POSITIVE_INFINITY)
    if (delayMs > 0 && earlyMs > 0) say(`task ${task} started ${earlyMs.toFixed(1)} ms too early`)
  }
  if (!ordered) return violations
  const accepted = [...account.tasks.values()].filter(({ okAt, starts }) => okAt !== undefined && starts.length > 0)
  accepted.sort((a, b) => a.okAt! - b.okAt!)
  for (const [i, task] of accepted.entries()) {
    const before = accepted[i - 1]
    if (before && before.starts[0]!.at > task.starts[0]!.at) say(`task ${task.task} overtook task ${before.task}`)
  }
  return violations
}
