import type { QueueStats, TaskFacts } from '@mq/core'
import type { Flow } from './overview.ts'
import type { Trend } from './rates.ts'

export interface QueueState {
  readonly name: string
  readonly stats: QueueStats
  /** Of a queue in which tasks wait or run. */
  readonly facts?: TaskFacts | undefined
  readonly trend: Trend
}

/** A worker that has free slots is there at once. */
const SOON_MS = 2_000
/** One that holds tasks calls at least this often. */
const SILENT_MS = 5_000
const MANY_WAITING = 100
const LONG_WAIT_MS = 30_000

/** Whether work flows through a queue, and if not, why. */
export function flowOf({ name, stats, facts, trend }: QueueState): Flow {
  const { waiting, running, paused, oldestWaitMs = 0 } = stats
  const { perSecond, growsPerMinute } = trend
  if (paused && waiting > 0) return { state: 'paused', because: 'paused', queue: name }
  if (facts !== undefined && !paused && isLeftAlone(facts, stats)) {
    return { state: 'stuck', because: 'no-workers', queue: name }
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
  if (growsPerMinute > 0 && waiting >= MANY_WAITING && oldestWaitMs >= LONG_WAIT_MS) {
    return { state: 'flowing', because: 'backlog-grows', queue: name, perMinute: growsPerMinute }
  }
  const isMoving = waiting > 0 || running > 0 || completed > 0
  return { state: isMoving ? 'flowing' : 'idle', because: 'none', perMinute: perMinute(completed) }
}

/**
 * Whether no worker is alive. One that died is still listed for a minute, as asleep or with what it held; but it does
 * not call, and it does not take what waits.
 */
function isLeftAlone(
  { running, workerSeenAgoMs = Infinity }: TaskFacts,
  { waiting, oldestWaitMs }: QueueStats,
): boolean {
  if (running > 0) return workerSeenAgoMs > SILENT_MS
  return waiting > 0 && (oldestWaitMs ?? 0) > SOON_MS && workerSeenAgoMs > SOON_MS
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

function rankOf({ state, because }: Flow): number {
  if (state === 'stuck') return because === 'no-workers' ? 6 : 4
  if (state === 'paused') return 5
  if (because === 'failing') return 3
  if (because === 'backlog-grows') return 2
  return state === 'flowing' ? 1 : 0
}
