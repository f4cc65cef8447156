import { MqError } from '@mq/core'
import type { MqErrorCode } from '@mq/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { WebApp } from '../web-app.ts'
import { Refusal } from './refusal.ts'

/** The body of every error. */
const errorAnswer = z.object({
  /** Stable. `unknown`: the storage did not answer, so it may have been done. */
  code: z.string(),
  message: z.string(),
  /** `unknown`: the task to ask for, at `location`. */
  id: z.string().optional(),
})

/** What every route may answer besides. */
export const errorAnswers = { '4xx': errorAnswer, '5xx': errorAnswer }

const RETRY_AFTER_S = 1

const OF_MQ: Partial<Record<MqErrorCode, { readonly status: number; readonly retryAfterS?: number }>> = {
  'invalid-options': { status: 400 },
  'invalid-id': { status: 400 },
  'id-conflict': { status: 409 },
  'payload-too-large': { status: 413 },
  'invalid-payload': { status: 422 },
  'invalid-message': { status: 422 },
  'queue-full': { status: 429, retryAfterS: RETRY_AFTER_S },
  unavailable: { status: 503, retryAfterS: RETRY_AFTER_S },
  closed: { status: 503, retryAfterS: RETRY_AFTER_S },
  'storage-full': { status: 507 },
}

const OF_FASTIFY: Readonly<
  Record<string, { readonly status: number; readonly code: string; readonly message?: string }>
> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { status: 415, code: 'wrong-media-type', message: 'send application/json' },
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: 'body-too-large' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, code: 'invalid-json' },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    status: 400,
    code: 'invalid-json',
    message: 'the body is not JSON, or has a key "__proto__"',
  },
  FST_ERR_VALIDATION: { status: 400, code: 'invalid-request' },
}

/** Every error becomes `{ code, message }`; an unexpected one is logged and answered without its details. */
export function answerErrors(app: WebApp): void {
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => {
    answerError(new Refusal(404, 'not-found', `there is nothing at ${request.url.split('?')[0]}`), request, reply)
  })
}

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = toRefusal(error)
  if (refusal.status === 500) request.log.error({ reqId: request.id, err: error }, 'a request failed')
  if (refusal.retryAfterS !== undefined) reply.header('retry-after', refusal.retryAfterS)
  if (refusal.ask) reply.header('location', refusal.ask.location)
  const { code, message, ask } = refusal
  reply.code(refusal.status).send({ code, message, ...(ask && { id: ask.id }) })
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (MqError.is(error)) {
    const known = OF_MQ[error.code]
    return known ? new Refusal(known.status, error.code, error.message, known.retryAfterS) : internal(error.code)
  }
  if (!(error instanceof Error)) return internal()
  const { code = '', statusCode = 500 } = error as Error & { code?: string; statusCode?: number }
  const known = OF_FASTIFY[code]
  if (known) return new Refusal(known.status, known.code, known.message ?? error.message)
  // Fastify's own refusals of a malformed URL or body, whose messages quote no part of the request.
  return statusCode >= 400 && statusCode < 500 ? new Refusal(statusCode, 'bad-request', error.message) : internal()
}

function internal(code = 'internal'): Refusal {
  return new Refusal(500, code, 'something went wrong here; the log knows what')
}
