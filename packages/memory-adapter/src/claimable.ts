import type { QueueState } from './queue-state.ts'

/**
 * When there is a task to claim (a suspect only where `areSuspects`): a time that is over, or to come; undefined: not
 * before a call makes one.
 */
export function claimableAt(queue: QueueState, now: number, areSuspects = true): number | undefined {
  const { paused, ready, limits, leases } = queue
  if (paused || ready.size === 0) return undefined
  const shared = limits.freeAt(leases.size)
  const own = ready.freeAt(now, areSuspects)
  return shared === undefined || own === undefined ? undefined : Math.max(shared, own)
}

/** Wakes a worker if there is something to claim sooner than `before`, or more of it than before. */
export function wakeIfSooner(queue: QueueState, before: number | undefined, now: number, isMore = false): void {
  const at = claimableAt(queue, now)
  if (at === undefined) return
  if (before === undefined || at < before || (isMore && at <= now)) queue.idle.wakeOne()
}
