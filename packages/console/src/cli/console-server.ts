import Fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { STATUS_CODES } from 'node:http'
import { randomUUID } from 'node:crypto'
import { SMALL_BODY } from '../api/small-bodies.ts'
import { mqConsole } from '../mq-console.ts'
import type { ConsoleOptions } from '../options.ts'
import { answerNotFound, answerProblem, bodyOf } from '../problems/answer-problems.ts'
import { PROBLEM_TYPE } from '../problems/problem-body.ts'
import { Problem } from '../problems/problem.ts'
import { refuseWhenClosing } from '../problems/refuse-when-closing.ts'

export interface ConsoleServerOptions extends ConsoleOptions {
  readonly logger: FastifyBaseLogger
  readonly trustProxy?: string[] | undefined
}

/** A server for the console alone. It does not listen, and does not close the broker. */
export async function createConsoleServer(options: ConsoleServerOptions): Promise<FastifyInstance> {
  const { logger, trustProxy, ...rest } = options
  const app: FastifyInstance = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustProxy ?? false,
    bodyLimit: SMALL_BODY,
    requestTimeout: 10_000, // to receive a request
    connectionTimeout: 60_000, // of silence on a socket; an event stream has a heartbeat
    // Node looks only every 30 s by default, and a slow body lives for a minute.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
    keepAliveTimeout: 5_000,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: answerProblem,
    return503OnClosing: false,
    clientErrorHandler(error, socket) {
      if (socket.writable && !socket.destroyed) socket.write(answerOf(error))
      socket.destroy()
    },
  })
  app.setErrorHandler(answerProblem)
  refuseWhenClosing(app)
  await app.register(mqConsole, rest)
  app.setNotFoundHandler(answerNotFound)
  return app
}

/** What Node's parser refuses reaches no route, so the answer is written by hand. */
function answerOf(error: Error & { readonly code?: string }): string {
  const [status, code, detail] = refusalOf(error.code)
  const body = JSON.stringify(bodyOf(new Problem(status, code, detail), randomUUID()))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

function refusalOf(code: string | undefined): readonly [number, string, string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'request-timeout', 'the request did not arrive in time']
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'headers-too-large', 'the headers are too large']
    default:
      return [400, 'bad-request', 'this is not HTTP']
  }
}
