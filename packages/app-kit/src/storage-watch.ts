import { MqError } from '@mq/core'
import type { Broker } from '@mq/core'
import type { AppLogger } from './app-logger.ts'
import { StartError } from './lifecycle.ts'

const SAY_SO_AFTER_MS = 1_000

/**
 * Waits for the storage at the start: says once that it is away, and once that it is there. Throws a StartError when waiting
 * is senseless: a wrong password, a server that is too old.
 */
export async function awaitStorage(
  broker: Broker,
  place: string,
  logger: AppLogger,
  signal: AbortSignal,
): Promise<void> {
  const since = performance.now()
  try {
    await broker.ready({ signal, timeoutMs: SAY_SO_AFTER_MS }).catch(async (error: unknown) => {
      if (!MqError.is(error, 'wait-timeout')) throw error
      logger.warn(`no answer from ${place}: waiting for it`)
      await broker.ready({ signal })
      logger.info({ waitedMs: Math.round(performance.now() - since) }, `${place} is there`)
    })
  } catch (error) {
    throw MqError.is(error, 'server-unsupported') ? new StartError(`${place} cannot be used: ${error.message}`) : error
  }
}
