import type { QueueStats } from '../ports/queue-admin.ts'

/** What `drain` waits for: 0 where nothing is there and nothing is left to be done. */
export function workLeft({ waiting, delayed, running, inbox = 0, chores = 0 }: QueueStats): number {
  return waiting + delayed + running + inbox + chores
}
