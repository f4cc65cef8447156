import { MqError } from '@mq/core'
import fastify, { LogController } from 'fastify'
import { z } from 'zod'
import type { AppLogger } from './app-logger.ts'
import { wholeNumber } from './env.ts'
import { explainListen } from './explain-listen.ts'

/** Where a worker answers whether it is well; nowhere unless `HEALTH_PORT` is set. */
export const healthEnv = {
  HEALTH_HOST: z.string().max(253).default('127.0.0.1'),
  HEALTH_PORT: wholeNumber(0, 65_535).optional(),
}

export interface HealthEnv {
  readonly HEALTH_HOST?: string | undefined
  readonly HEALTH_PORT?: number | undefined
}

/** Less than the second after which most probes give up. */
const READY_WITHIN_MS = 900
const MOST_CONNECTIONS = 100

interface Unready {
  readonly code: string
  readonly message: string
}

/**
 * `/health/live`: this process answers. `/health/ready`: so does its storage, by the way that its work takes; 503 with
 * the reason where it does not. Throws a StartError when the port is not to be had.
 */
export async function serveHealth(
  { HEALTH_HOST: host = '127.0.0.1', HEALTH_PORT: port }: HealthEnv,
  logger: AppLogger,
  ready: (signal: AbortSignal) => Promise<void>,
): Promise<AsyncDisposable> {
  if (port === undefined) return { [Symbol.asyncDispose]: async () => undefined }
  const logController = new LogController({ disableRequestLogging: true })
  const app = fastify({
    loggerInstance: logger,
    logController,
    forceCloseConnections: true,
    connectionTimeout: 10_000,
    // A probe is a few bytes. Half a request would otherwise hold its socket for as long as it likes.
    http: { requestTimeout: 5_000, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
  })
  app.server.maxConnections = MOST_CONNECTIONS
  let checking: Promise<Unready | undefined> | undefined
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
  app.get('/health/live', async () => ({ status: 'ok' }))
  app.get('/health/ready', async (_request, reply) => {
    // One look for all who ask at one moment: probes are no load.
    checking ??= check(ready, logger).finally(() => (checking = undefined))
    const unready = await checking
    return unready === undefined ? { status: 'ok' } : reply.code(503).send(unready)
  })
  try {
    await app.listen({ host, port, listenTextResolver: (url) => `health at ${url}/health/ready` })
  } catch (error) {
    await app.close()
    throw explainListen(error, { host, port, hostVariable: 'HEALTH_HOST', portVariable: 'HEALTH_PORT' })
  }
  return app
}

/** What stands against it. The words of an error may name places, and are for the log. */
async function check(ready: (signal: AbortSignal) => Promise<void>, logger: AppLogger): Promise<Unready | undefined> {
  const enough = AbortSignal.timeout(READY_WITHIN_MS)
  try {
    await ready(enough)
    return undefined
  } catch (error) {
    if (enough.aborted) return { code: 'unavailable', message: `not within ${READY_WITHIN_MS} ms` }
    if (error instanceof NotNow) return { code: 'unavailable', message: error.message }
    logger.debug({ err: error }, 'not ready')
    return { code: MqError.is(error) ? error.code : 'internal', message: 'the work cannot go on now: see the log' }
  }
}

/** This process is not there yet, or no longer. */
export class NotNow extends Error {
  override readonly name = 'NotNow'
}
