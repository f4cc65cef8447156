import { MqError } from '@mq/core'
import type { Broker } from '@mq/core'
import type { AppLogger } from './app-logger.ts'
import { StartError } from './lifecycle.ts'

const SAY_SO_AFTER_MS = 1_000

/**
 * Waits for the storage at the start: logs that it does not answer and why, each reason once, and logs once when it
 * answers. Throws a StartError when waiting cannot help: a wrong password, a server that is too old.
 */
export async function awaitStorage(
  broker: Broker,
  place: string,
  logger: AppLogger,
  signal: AbortSignal,
): Promise<void> {
  const since = performance.now()
  const said = new Set<string>()
  for (;;) {
    try {
      await broker.ready({ signal, timeoutMs: SAY_SO_AFTER_MS })
      if (said.size > 0) logger.info({ waitedMs: Math.round(performance.now() - since) }, `${place} answers`)
      return
    } catch (error) {
      if (MqError.is(error, 'server-unsupported')) throw new StartError(`${place} cannot be used: ${error.message}`)
      if (!MqError.is(error, 'wait-timeout')) throw error
      const reason = MqError.is(error.cause) ? error.cause.message : 'no reason is known yet'
      if (said.has(reason)) continue
      said.add(reason)
      logger.warn({ reason }, `no answer from ${place}: waiting for it`)
    }
  }
}
