import { isEarlier } from './later-tasks.ts'
import type { QueueState } from './queue-state.ts'

/**
 * When there is a task to claim (a suspect only where `areSuspects`): now, or a time to come; undefined: not before a
 * call makes one.
 */
export function claimableAt(queue: QueueState, now: number, areSuspects = true): number | undefined {
  const { paused, ready, limits, leases } = queue
  if (paused || ready.size === 0) return undefined
  const shared = limits.freeAt(leases.size)
  const own = ready.freeAt(now, areSuspects)
  return shared === undefined || own === undefined ? undefined : Math.max(shared, own, now)
}

/** What those who sleep know at the best. */
export interface Outlook {
  readonly claimableAt: number | undefined
  /** When the next delayed task is due. */
  readonly dueAt: number | undefined
}

export function outlookOn(queue: QueueState, now: number): Outlook {
  return { claimableAt: claimableAt(queue, now), dueAt: queue.later.nextDueAt }
}

/**
 * Wakes a worker if there is something to claim, or to promote, sooner than `before`; or, where `isMore`, if there is
 * something now. Nobody is woken while the queue is paused: its end wakes one.
 */
export function wakeIfSooner(queue: QueueState, before: Outlook, now: number, isMore = false): void {
  if (queue.paused) return
  const at = claimableAt(queue, now)
  const isWork = isEarlier(at, before.claimableAt) || (isMore && at !== undefined && at <= now)
  if (isWork || isEarlier(queue.later.nextDueAt, before.dueAt)) queue.idle.wakeOne()
}
