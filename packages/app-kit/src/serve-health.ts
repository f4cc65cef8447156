import { MqError } from '@mq/core'
import type { Broker } from '@mq/core'
import { createMetrics } from '@mq/prometheus'
import fastify, { LogController } from 'fastify'
import { collectDefaultMetrics } from 'prom-client'
import { z } from 'zod'
import type { AppLogger } from './app-logger.ts'
import { wholeNumber } from './env.ts'
import { explainListen } from './explain-listen.ts'

/** The address of a worker's health checks; there is none unless `HEALTH_PORT` is set. */
export const healthEnv = {
  HEALTH_HOST: z.string().max(253).default('127.0.0.1').describe('the address of the health checks'),
  HEALTH_PORT: wholeNumber(0, 65_535)
    .optional()
    .describe('the port of /health/live, /health/ready and /metrics; none is open without it'),
  METRICS_STORAGE: z
    .enum(['on', 'off'])
    .default('on')
    .describe('off: /metrics has only what this process does, where many instances would each read the same of Redis'),
}

export interface HealthEnv {
  readonly HEALTH_HOST?: string | undefined
  readonly HEALTH_PORT?: number | undefined
  readonly METRICS_STORAGE?: 'on' | 'off' | undefined
}

/** Less than the second after which most probes give up. */
const READY_WITHIN_MS = 900
const MOST_CONNECTIONS = 100

export interface HealthParts {
  readonly logger: AppLogger
  readonly broker: Broker
  readonly ready: (signal: AbortSignal) => Promise<void>
}

interface Unready {
  readonly code: string
  readonly message: string
}

/**
 * `/health/live`: this process answers. `/health/ready`: its storage answers, too, by the same calls as its work;
 * otherwise 503 with the reason. `/metrics`: for Prometheus. Throws a StartError when the port cannot be used.
 */
export async function serveHealth(
  { HEALTH_HOST: host = '127.0.0.1', HEALTH_PORT: port, METRICS_STORAGE: storage = 'on' }: HealthEnv,
  { logger, broker, ready }: HealthParts,
): Promise<AsyncDisposable> {
  if (port === undefined) return { [Symbol.asyncDispose]: async () => undefined }
  const logController = new LogController({ disableRequestLogging: true })
  const app = fastify({
    loggerInstance: logger,
    logController,
    forceCloseConnections: true,
    connectionTimeout: 10_000,
    // A probe has few bytes. An incomplete request would otherwise hold its socket without limit.
    http: { requestTimeout: 5_000, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
  })
  app.server.maxConnections = MOST_CONNECTIONS
  const metrics = createMetrics(broker, { storage: storage === 'on' })
  collectDefaultMetrics({ register: metrics.register })
  app.addHook('onClose', async () => metrics.close())
  let checking: Promise<Unready | undefined> | undefined
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
  app.get('/health/live', async () => ({ status: 'ok' }))
  app.get('/health/ready', async (_request, reply) => {
    // Simultaneous probes share one check, so that they are no load.
    checking ??= check(ready, logger).finally(() => (checking = undefined))
    const unready = await checking
    return unready === undefined ? { status: 'ok' } : reply.code(503).send(unready)
  })
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.read()))
  try {
    await app.listen({ host, port, listenTextResolver: (url) => `health at ${url}/health/ready` })
  } catch (error) {
    await app.close()
    throw explainListen(error, { host, port, hostVariable: 'HEALTH_HOST', portVariable: 'HEALTH_PORT' })
  }
  return app
}

/** The reason. The message of an error may contain addresses, so it is only logged. */
async function check(ready: (signal: AbortSignal) => Promise<void>, logger: AppLogger): Promise<Unready | undefined> {
  const enough = AbortSignal.timeout(READY_WITHIN_MS)
  try {
    await ready(enough)
    return undefined
  } catch (error) {
    if (enough.aborted) return { code: 'unavailable', message: `not within ${READY_WITHIN_MS} ms` }
    if (error instanceof NotNow) return { code: 'unavailable', message: error.message }
    logger.debug({ err: error }, 'not ready')
    return {
      code: MqError.is(error) ? error.code : 'internal',
      message: 'not ready: the log of this process has the reason',
    }
  }
}

/** This process has not started yet, or is stopping. */
export class NotNow extends Error {
  override readonly name = 'NotNow'
}
