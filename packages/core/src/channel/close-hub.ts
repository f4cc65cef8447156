import { limited } from '../waiting/limit.ts'
import type { Services } from '../services/services.ts'
import { MqError } from '../errors.ts'

/** Ends all subscribers. Those whose handlers still run at `endAt` are abandoned, which is logged and reported. */
export async function closeHub(
  hub: { close(error: Error): Promise<void> },
  { clock, logger }: Services,
  error: Error,
  endAt: number,
): Promise<void> {
  const late = new MqError('wait-timeout', 'a subscriber was still busy when its broker closed')
  const timeoutMs = Math.max(0, endAt - clock.now())
  try {
    await limited(hub.close(error), { clock, timeoutMs, onTimeout: () => late })
  } catch (thrown) {
    if (thrown !== late) throw thrown
    logger.warn({ err: late }, 'a subscription was abandoned')
  }
}
