import type { FastifyBaseLogger } from 'fastify'
import Fastify, { LogController } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SMALL_BODY } from '../api/small-bodies.ts'
import { checkOptions } from '../check-options.ts'
import { mqConsole } from '../mq-console.ts'
import type { ConsoleOptions } from '../options.ts'
import { answerNotFound, answerProblem } from '../problems/answer-problems.ts'
import { refuseWhenClosing } from '../problems/refuse-when-closing.ts'
import { bodyThatWasRead } from './body-that-was-read.ts'
import { endWithServer } from './end-with-server.ts'

export interface ConsoleHandlerOptions extends ConsoleOptions {
  /** Default: nothing is logged. */
  readonly logger?: FastifyBaseLogger | undefined
  /**
   * Believe `X-Forwarded-For`, `-Host` and `-Proto`, as Fastify's option of this name: true, or the addresses of your
   * proxies. Default false.
   */
  readonly trustProxy?: boolean | string | string[] | undefined
  /**
   * The beginning of `basePath` that is taken off `request.url` on the way, without an `originalUrl` that keeps it.
   * Next does that with the `basePath` of its own configuration, and some proxies do. Default: nothing.
   */
  readonly strippedPath?: string | undefined
}

/** Answers the requests below `basePath`, whatever server they come from. */
export interface ConsoleHandler {
  (request: IncomingMessage, response: ServerResponse): void
  /** Ends the streams of those who watch, and the requests that run. Leaves the broker open. */
  close(): Promise<void>
}

/**
 * The console as a function for `node:http`, Express, Nest and Next. `basePath` is the path in the address bar, also
 * where a framework takes off the path at which it is mounted. Throws a TypeError for options that cannot work.
 */
export function createConsoleHandler({
  logger,
  trustProxy = false,
  strippedPath = '',
  ...options
}: ConsoleHandlerOptions): ConsoleHandler {
  const { basePath } = checkOptions(options)
  if (!`${basePath}/`.startsWith(`${strippedPath}/`)) {
    throw new TypeError("strippedPath is the beginning of basePath, as '/shop' is of '/shop/console'")
  }
  const app = Fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy,
    bodyLimit: SMALL_BODY,
    frameworkErrors: answerProblem,
    return503OnClosing: false,
  })
  app.setErrorHandler(answerProblem)
  refuseWhenClosing(app)
  bodyThatWasRead(app)
  endWithServer(app)
  app.setNotFoundHandler(answerNotFound)
  const ready = app.register(mqConsole, options).then(() => app.ready())
  ready.then(undefined, (error: unknown) => app.log.error({ err: error }, 'the console did not start'))

  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    request.url = urlOf(request, strippedPath)
    ready.then(
      () => app.routing(request, response),
      () => response.writeHead(500).end(),
    )
  }
  return Object.assign(handler, { close: () => app.close() })
}

/** As the client sent it: Express and Nest keep it when they take off the path at which a handler is mounted. */
function urlOf(request: IncomingMessage & { readonly originalUrl?: unknown }, strippedPath: string): string {
  const { originalUrl, url = '/' } = request
  return typeof originalUrl === 'string' ? originalUrl : `${strippedPath}${url}`
}
