import { WORKER_GONE_MS } from '@mq/core'
import type { QueueStats, TaskFacts, WorkerEntry } from '@mq/core'
import type { Flow } from './overview.ts'
import type { Trend } from './rates.ts'

export interface QueueState {
  readonly name: string
  readonly stats: QueueStats
  /** Of a queue in which tasks wait, are due, or run. */
  readonly facts?: TaskFacts | undefined
  readonly trend: Trend
  /** Those of this queue that are known to live. */
  readonly alive: readonly Pick<WorkerEntry, 'state'>[]
  /** It has workers, and all of them are known to be gone. */
  readonly areGone: boolean
  /** Since a worker of it made a turn, ms; Infinity: none did. */
  readonly turnAgoMs: number
  /** Since a worker of it made a turn or reported itself, ms; Infinity: none did. */
  readonly silentMs: number
}

/** A worker with a free slot takes what waits at once. */
export const SOON_MS = 2_000
/**
 * A worker without one calls at a third of its leases, which may be as long as an hour, and reports itself each 10 s.
 * That it is gone is certain only after `WORKER_GONE_MS`, unless the storage says which processes have a connection.
 */
const SILENT_MS = 5_000
/** A scheduler looks each 10 s, whatever happens to hints. */
const STANDS_MS = 15_000
export const MANY_WAITING = 100
export const LONG_WAIT_MS = 30_000

/** Whether work flows through a queue, and if not, why. */
export function flowOf(queue: QueueState): Flow {
  const { name, stats, trend, alive, silentMs } = queue
  const { waiting, overdue, running, paused, oldestWaitMs = 0, schedules } = stats
  const { perSecond, growsPerMinute } = trend
  if (paused && waiting + overdue > 0) return { state: 'paused', because: 'paused', queue: name, waiting, overdue }
  if (isLeftAlone(queue)) {
    const isQuiet = alive.length > 0 && alive.every(({ state }) => state === 'quiet')
    if (isQuiet) return { state: 'stuck', because: 'quiet', queue: name, waiting, overdue }
    return { state: 'stuck', because: 'no-workers', queue: name, waiting, overdue, held: running }
  }
  const { due = 0, dueForMs = 0 } = schedules ?? {}
  if (dueForMs > STANDS_MS) {
    return { state: 'stuck', because: 'schedules-stand', queue: name, schedules: due, dueForMs: Math.round(dueForMs) }
  }
  const { completed, failed } = perSecond
  if (failed > completed) {
    return {
      state: completed === 0 ? 'stuck' : 'flowing',
      because: 'failing',
      queue: name,
      perMinute: perMinute(failed),
    }
  }
  if (waiting > 0 && running > 0 && silentMs > SILENT_MS) {
    return { state: 'flowing', because: 'silent', queue: name, silentMs: Math.round(silentMs) }
  }
  if (growsPerMinute > 0 && waiting >= MANY_WAITING && oldestWaitMs >= LONG_WAIT_MS) {
    return { state: 'flowing', because: 'backlog-grows', queue: name, perMinute: growsPerMinute }
  }
  const isMoving = waiting > 0 || running > 0 || completed > 0
  return { state: isMoving ? 'flowing' : 'idle', because: 'none', perMinute: perMinute(completed) }
}

/**
 * Whether nobody takes what waits, or has what runs. While nothing runs, every worker has a free slot; what sleeps in
 * the storage proves nothing, since one that died there is listed on. While tasks run, all may be too busy to call.
 */
function isLeftAlone({ stats, facts, areGone, turnAgoMs, silentMs }: QueueState): boolean {
  if (facts === undefined) return false
  const { waiting, overdue, running, oldestWaitMs = 0 } = stats
  if (facts.running === 0 && waiting + overdue > 0 && oldestWaitMs > SOON_MS && turnAgoMs > SOON_MS) return true
  const isHeld = Math.max(facts.running, running) > 0
  return isHeld && (silentMs > WORKER_GONE_MS || (areGone && turnAgoMs > SOON_MS))
}

function perMinute(rate: number): number {
  return Math.round(rate * 60)
}

/** The one to show for all: the worst, and of equal ones the first. */
export function worstOf(flows: readonly Flow[]): Flow {
  const none: Flow = { state: 'idle', because: 'none', perMinute: 0 }
  const worst = flows.reduce((one, other) => (rankOf(other) > rankOf(one) ? other : one), none)
  if (worst.because !== 'none') return worst
  return { ...worst, perMinute: flows.reduce((sum, flow) => sum + (flow.perMinute ?? 0), 0) }
}

const STUCK: Partial<Readonly<Record<Flow['because'], number>>> = { failing: 5, 'schedules-stand': 8 }

function rankOf({ state, because }: Flow): number {
  if (because === 'unreadable') return 6
  if (state === 'stuck') return STUCK[because] ?? 9
  if (state === 'paused') return 7
  if (because === 'failing') return 4
  if (because === 'silent') return 3
  if (because === 'backlog-grows') return 2
  return state === 'flowing' ? 1 : 0
}
