import { pause } from '../waiting/pause.ts'
import type { Services } from '../services/services.ts'
import type { Executor } from './executor.ts'
import type { Lanes } from './lanes.ts'
import type { Settler } from './settler.ts'
import type { Slots } from './slots.ts'
import type { SettlesLater } from './worker-parts.ts'

/** The roles that take part in the end of a worker. */
export interface Closing {
  readonly queue: string
  readonly services: Services
  readonly executor: Executor
  readonly settler: Settler
  readonly slots: Slots
  readonly lanes: Lanes
  readonly driver: Partial<SettlesLater>
}

/**
 * Handlers have this share of the deadline to end by themselves; then their signals abort, and those that react to them
 * can end in the rest.
 */
const UNASKED = 0.8
/** At the least, for the last settlements to reach the storage. */
export const LAST_CALL_MS = 500

/**
 * Ends a worker that no longer claims: waits for its handlers, aborts them, releases the tasks that still run, and
 * waits until all settlements are confirmed, if the storage answers at all. Returns the ids of the tasks that were
 * released while they ran.
 */
export async function closeWorker(roles: Closing, deadlineMs: number): Promise<readonly string[]> {
  const { driver, executor, services, settler, slots, lanes, queue } = roles
  const { clock, logger } = services
  const begin = clock.now()
  const until = (sinceBeginMs: number): number => Math.max(0, begin + sinceBeginMs - clock.now())

  await atMost(until(deadlineMs * UNASKED), slots.idle())
  executor.hurry()
  await atMost(until(deadlineMs), slots.idle())

  const abandoned = executor.abandon()
  if (abandoned.length > 0)
    logger.warn({ queue, ids: abandoned }, 'closed before these handlers ended; their tasks are released')

  let isKnown = false
  const known = async (): Promise<void> => {
    await lanes.drain()
    await driver.settledBy?.(lanes.worker)
    isKnown = settler.settled
  }
  await atMost(Math.max(until(deadlineMs), LAST_CALL_MS), known())
  if (isKnown) await atMost(LAST_CALL_MS, lanes.forget())
  else logger.warn({ queue }, 'closed before the last settlements were confirmed; those tasks may run again')
  lanes.end()
  return abandoned

  async function atMost(limitMs: number, work: Promise<void>): Promise<void> {
    const stop = new AbortController()
    await Promise.race([work, pause(clock, limitMs, stop.signal)])
    stop.abort()
  }
}
