import fastify from 'fastify'
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

/**
 * `/health/live`: this process answers. `/health/ready`: so does its storage, by the way that its work takes; 503 with the
 * reason where it does not. Throws a StartError when the port is not to be had.
 */
export async function serveHealth(
  { HEALTH_HOST: host = '127.0.0.1', HEALTH_PORT: port }: HealthEnv,
  logger: AppLogger,
  ready: (signal: AbortSignal) => Promise<void>,
): Promise<AsyncDisposable> {
  if (port === undefined) return { [Symbol.asyncDispose]: async () => undefined }
  const app = fastify({ loggerInstance: logger, disableRequestLogging: true, forceCloseConnections: true })
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
  app.get('/health/live', async () => ({ status: 'ok' }))
  app.get('/health/ready', async (_request, reply) => {
    const enough = AbortSignal.timeout(READY_WITHIN_MS)
    try {
      await ready(enough)
      return { status: 'ok' }
    } catch (error) {
      const message = enough.aborted ? `not within ${READY_WITHIN_MS} ms` : (error as Error).message
      return reply.code(503).send({ code: 'unavailable', message })
    }
  })
  try {
    await app.listen({ host, port, listenTextResolver: (url) => `health at ${url}/health/ready` })
  } catch (error) {
    await app.close()
    throw explainListen(error, { host, port, hostVariable: 'HEALTH_HOST', portVariable: 'HEALTH_PORT' })
  }
  return app
}
