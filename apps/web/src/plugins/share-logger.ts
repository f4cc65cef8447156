import type { FastifyBaseLogger } from 'fastify'
import type { WebApp } from '../web-app.ts'

/**
 * Fastify that is given a logger makes a child of it and two listeners for every request, for lines about requests,
 * which web does not write. So it is given none; this one is the app's and every request's own.
 */
export function shareLogger(app: WebApp, logger: FastifyBaseLogger): void {
  app.log = logger
  app.setChildLoggerFactory(() => logger)
}
