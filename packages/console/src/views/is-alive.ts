import { WORKER_GONE_MS } from '@mq/core'
import type { WorkerEntry } from '@mq/core'

/** `now`: the storage's time. */
export function isAlive({ lastSeenAt }: Pick<WorkerEntry, 'lastSeenAt'>, now: number): boolean {
  return now - lastSeenAt <= WORKER_GONE_MS
}
