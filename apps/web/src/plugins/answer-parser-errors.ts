import type { FastifyServerOptions } from 'fastify'
import { STATUS_CODES } from 'node:http'

const OF_NODE: Readonly<Record<string, { readonly status: number; readonly code: string; readonly message: string }>> =
  {
    ERR_HTTP_REQUEST_TIMEOUT: {
      status: 408,
      code: 'request-timeout',
      message: 'the request did not arrive in time',
    },
    HPE_HEADER_OVERFLOW: { status: 431, code: 'headers-too-large', message: 'the headers are too large' },
  }

/** What Node's parser refuses reaches no route: it is answered as any other error, and the connection ends. */
export const answerParserErrors: NonNullable<FastifyServerOptions['clientErrorHandler']> = (error, socket) => {
  if (socket.writable && !socket.destroyed) socket.write(answerOf(error.code))
  socket.destroy()
}

function answerOf(cause: string): string {
  const known = Object.hasOwn(OF_NODE, cause) ? OF_NODE[cause] : undefined
  const { status, code, message } = known ?? { status: 400, code: 'bad-request', message: 'this is not HTTP' }
  const body = JSON.stringify({ code, message })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
