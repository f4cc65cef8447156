import type { Account } from './account.ts'
import { quantile } from './quantile.ts'
import type { Violation } from './violation.ts'

/** From the call of enqueue to the first start. */
export interface StartBounds {
  /** Of the tasks, 0–1. */
  readonly share: number
  readonly withinMs: number
}

/**
 * I13: a task without a delay that is enqueued in a window begins soon, whatever else is queued. One that never began
 * is infinitely late.
 */
export function checkStarts({ events, tasks }: Account, { share, withinMs }: StartBounds): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I13', what })
  let windows = 0
  let from = Number.NaN
  for (const { ev, at } of events) {
    if (ev === 'window.begin') from = at
    if (ev !== 'window.end') continue
    const fresh = [...tasks.values()].filter(
      ({ invokedAt, okAt, delayMs }) => okAt !== undefined && delayMs === 0 && invokedAt >= from && invokedAt <= at,
    )
    const waits = fresh.map(({ invokedAt, starts }) => (starts[0]?.at ?? Number.POSITIVE_INFINITY) - invokedAt)
    const waitMs = quantile(waits, share)
    const which = share === 1 ? 'the last' : `p${100 * share}`
    const what = `${which} of ${fresh.length} tasks of window ${++windows}`
    if (!(waitMs <= withinMs)) say(`${what} began after ${waitMs.toFixed(0)} ms, not within ${withinMs}`)
  }
  if (windows === 0) say('there was no window')
  return violations
}
