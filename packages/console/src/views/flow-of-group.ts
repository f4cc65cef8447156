import type { GroupStats, WorkerEntry } from '@mq/core'
import type { Flow } from './overview.ts'
import { LONG_WAIT_MS, MANY_WAITING, SOON_MS } from './flow-of.ts'

export interface GroupState {
  readonly channel: string
  readonly name: string
  readonly stats: GroupStats
  /** Its members that are known to live. */
  readonly alive: readonly Pick<WorkerEntry, 'state'>[]
  /** No member is known to live, and whoever did would have said so. */
  readonly isAlone: boolean
  /** Since it was seen with a member that lived, ms; Infinity: it never was. */
  readonly aloneMs: number
  readonly growsPerMinute: number
}

/** Whether the messages of a group flow, and if not, why. What is left by members that are gone counts as held. */
export function flowOfGroup(group: GroupState): Flow {
  const { channel, name, stats, alive, isAlone, aloneMs, growsPerMinute } = group
  const { unread, returned, overdue, running, paused, oldestWaitMs = 0 } = stats
  const waiting = unread + returned
  const at = { channel, group: name }
  if (paused && waiting + overdue > 0) return { state: 'paused', because: 'paused', ...at, waiting, overdue }
  // One that another member replaces is not missed meanwhile.
  if (isAlone && aloneMs > SOON_MS && waiting + overdue + running > 0) {
    return { state: 'stuck', because: 'no-members', ...at, waiting, overdue, held: running }
  }
  const isQuiet = alive.length > 0 && alive.every(({ state }) => state === 'quiet')
  if (isQuiet && waiting + overdue > 0) return { state: 'stuck', because: 'quiet', ...at, waiting, overdue }
  if (growsPerMinute > 0 && waiting >= MANY_WAITING && oldestWaitMs >= LONG_WAIT_MS) {
    return { state: 'flowing', because: 'backlog-grows', ...at, perMinute: growsPerMinute }
  }
  return { state: waiting + running > 0 ? 'flowing' : 'idle', because: 'none', perMinute: 0 }
}
