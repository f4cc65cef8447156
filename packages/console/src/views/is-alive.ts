import type { WorkerEntry } from '@mq/core'

/**
 * Every worker reports itself each 10 s, whatever it does; some time more for a process that is busy. One that was
 * killed is listed for a minute.
 */
export const GONE_MS = 15_000

/** `now`: the storage's time. */
export function isAlive({ lastSeenAt }: Pick<WorkerEntry, 'lastSeenAt'>, now: number): boolean {
  return now - lastSeenAt <= GONE_MS
}
