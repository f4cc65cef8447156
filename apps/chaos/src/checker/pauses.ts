import type { Account, NumberAccount } from './account.ts'
import { strikesWithin } from './circumstances.ts'
import type { Violation } from './violation.ts'

/** From the confirmation of a pause until the call of resume. There is one operator only. */
interface Pause {
  readonly from: number
  until: number
}

/**
 * I8: while a queue is paused, no task is given to a worker. With `heardWithinMs`, the time in which workers hear of a
 * pause, no task begins after that time, and those that were claimed and not begun are released.
 */
export function checkPauses(account: Account, heardWithinMs: number | undefined): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I8', what })
  const pauses = pausesIn(account)
  for (const event of account.events) {
    if (event.ev !== 'claim') continue
    const givenAt = event.firstGivenAt ?? event.from
    if (pauses.some(({ from, until }) => givenAt > from && event.at < until && !account.mayBeForgotten(from))) {
      say(`${event.n} was given to ${event.proc} while the queue was paused`)
    }
  }
  if (heardWithinMs === undefined) return violations
  const struck = [...account.faults, ...account.stalls]
  for (const { from, until } of pauses) {
    const by = from + heardWithinMs
    const isStruck = (proc: string): boolean => struck.some((fault) => strikesWithin(fault, proc, from, by))
    for (const [n, { claims, starts, settles }] of account.numbers) {
      for (const { proc, at } of starts) {
        if (at > by && at < until && !isStruck(proc))
          say(`${n} began on ${proc} ${(at - from).toFixed(0)} ms after the queue was paused`)
      }
      for (const claim of claims) {
        if (claim.at > from || until < by || isStruck(claim.proc)) continue
        if (!isGone(claim, starts, settles, by))
          say(`${n} was not released by ${claim.proc}, though the queue was paused`)
      }
    }
  }
  return violations
}

/** There must be a pause where pauses are judged. */
export function checkPaused(account: Account): Violation[] {
  return pausesIn(account).length > 0 ? [] : [{ invariant: 'I8', what: 'the queue was never paused' }]
}

/** Of a group, or of the queue. */
export function pausesIn({ events }: Account, group?: string): Pause[] {
  const pauses: Pause[] = []
  for (const event of events) {
    if (('group' in event ? event.group : undefined) !== group) continue
    const { ev, at } = event
    if (ev === 'pause.ok') pauses.push({ from: at, until: Number.POSITIVE_INFINITY })
    else if (ev === 'resume.invoke') for (const pause of pauses) pause.until = Math.min(pause.until, at)
  }
  return pauses
}

/** It had begun, or was released. */
function isGone(
  { proc, fence, lease }: NumberAccount['claims'][number],
  starts: NumberAccount['starts'],
  settles: NumberAccount['settles'],
  by: number,
): boolean {
  return (
    starts.some((start) => start.proc === proc && start.fence === fence && start.at <= by) ||
    settles.some((settle) => settle.proc === proc && settle.lease === lease && settle.at <= by)
  )
}
