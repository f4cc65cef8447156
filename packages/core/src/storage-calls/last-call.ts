import { MqError, toError } from '../errors.ts'
import type { Services } from '../services/services.ts'
import { limited } from '../waiting/limit.ts'

/** The time for it to reach the storage, ms: until the deadline, but at least a moment. */
const MOST_MS = 500
const LEAST_MS = 100
const onTimeout = (): MqError => new MqError('unavailable', 'the storage did not answer in time')

export interface LastCall {
  /** The deadline, by the broker's clock. */
  readonly endAt: number
  readonly services: Pick<Services, 'clock' | 'logger'>
  /** What is logged. */
  readonly onFailure: string
}

/**
 * Makes a call at the end of a broker. Without it the storage forgets later what it could forget now, so a failure is
 * logged and does not fail the close.
 */
export async function lastCall(
  call: () => Promise<unknown>,
  { endAt, services: { clock, logger }, onFailure }: LastCall,
): Promise<void> {
  const timeoutMs = Math.min(MOST_MS, Math.max(LEAST_MS, endAt - clock.now()))
  try {
    await limited(call(), { clock, timeoutMs, onTimeout })
  } catch (thrown) {
    logger.debug({ err: toError(thrown) }, onFailure)
  }
}
