import { pause } from '../waiting/pause.ts'
import type { Services } from '../services/services.ts'
import type { Executor } from './executor.ts'
import type { Lanes } from './lanes.ts'
import type { Settler } from './settler.ts'
import type { Slots } from './slots.ts'

/** The roles that end a worker. */
export interface Closing {
  readonly queue: string
  readonly services: Services
  readonly executor: Executor
  readonly settler: Settler
  readonly slots: Slots
  readonly lanes: Lanes
}

/** Handlers have this share of the deadline to end unasked; in the rest those that heed their signal can. */
const UNASKED = 0.8
/** At the least, for the last settlements to reach the storage. */
const LAST_CALL_MS = 500

/**
 * Ends a worker that no longer claims: waits for its handlers, aborts them, gives back what still runs, and sees to it
 * that all settlements are confirmed if the storage answers at all. Returns the ids of those given back running.
 */
export async function closeWorker(roles: Closing, deadlineMs: number): Promise<readonly string[]> {
  const { executor, services, settler, slots, lanes, queue } = roles
  const { clock, logger } = services
  const begin = clock.now()
  const until = (sinceBeginMs: number): number => Math.max(0, begin + sinceBeginMs - clock.now())

  await atMost(until(deadlineMs * UNASKED), slots.idle())
  executor.hurry()
  await atMost(until(deadlineMs), slots.idle())

  const abandoned = executor.abandon()
  if (abandoned.length > 0)
    logger.warn({ queue, ids: abandoned }, 'closed before these handlers ended; their tasks are released')

  await atMost(Math.max(until(deadlineMs), LAST_CALL_MS), lanes.drain())
  if (settler.settled) await atMost(LAST_CALL_MS, lanes.forget())
  else logger.warn({ queue }, 'closed before the last settlements were confirmed; those tasks may run again')
  lanes.end()
  return abandoned

  async function atMost(limitMs: number, work: Promise<void>): Promise<void> {
    const stop = new AbortController()
    await Promise.race([work, pause(clock, limitMs, stop.signal)])
    stop.abort()
  }
}
