import { reportUnlessClosed } from '../services/report-unless-closed.ts'
import type { Subscription } from '../ports/subscription.ts'
import type { Services } from '../services/services.ts'

const NOT_YET = Symbol('not yet')

/**
 * Closes a subscription. One that is still being opened is closed once it is open, without waiting for it: a storage
 * that does not answer would delay every close.
 */
export async function closeWhenOpen(
  subscription: Promise<Subscription | void> | undefined,
  services: Services,
): Promise<void> {
  const open = await Promise.race([subscription?.catch(() => undefined), Promise.resolve().then(() => NOT_YET)])
  if (typeof open === 'object') return open.close()
  if (open === NOT_YET)
    subscription?.then((late) => late?.close()).catch((thrown: unknown) => reportUnlessClosed(thrown, services))
}
