import { setTimeout as delay } from 'node:timers/promises'

/** A pause that ends early, and never throws, when the program is to stop. */
export async function rest(ms: number, stop: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal: stop }).catch(() => undefined)
}
