import { MqError } from '@mq/core'
import type { MqErrorCode } from '@mq/core'
import type { Role } from '../access/role.ts'
import { Problem } from './problem.ts'

const RETRY_AFTER_S = 1

interface Known {
  readonly status: number
  readonly retryAfterS?: number
  /** For those who may not read the error's own text: it can name the storage's address, its keys and its users. */
  readonly publicDetail?: string
}

const storage = (publicDetail: string): Known => ({ status: 503, retryAfterS: RETRY_AFTER_S, publicDetail })

const OF_MQ: Readonly<Partial<Record<MqErrorCode, Known>>> = {
  'invalid-options': { status: 400 },
  'invalid-id': { status: 400 },
  'unknown-group': { status: 404 },
  'unknown-schedule': { status: 404 },
  'id-conflict': { status: 409 },
  'queue-in-use': { status: 409 },
  'partitions-differ': { status: 409 },
  'partitions-apart': { status: 409 },
  'partitions-busy': { status: 409 },
  'channel-in-use': { status: 409 },
  'payload-too-large': { status: 413 },
  'batch-too-large': { status: 413 },
  'invalid-payload': { status: 422 },
  'invalid-message': { status: 422 },
  'queue-full': { status: 429, retryAfterS: RETRY_AFTER_S },
  unsupported: { status: 501 },
  unavailable: storage('the storage does not answer'),
  closed: storage('the connection to the storage is closed'),
  'storage-refused': storage('the storage refuses this'),
  'server-unsupported': storage('the storage cannot do this, or may not'),
  'layout-mismatch': storage('another version of mq wrote this'),
  'storage-full': { status: 507, publicDetail: 'the storage is full' },
}

const OF_FASTIFY: Readonly<
  Record<string, { readonly status: number; readonly code: string; readonly detail?: string }>
> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { status: 415, code: 'wrong-media-type', detail: 'send application/json' },
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: 'body-too-large', detail: 'the body is too large' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, code: 'invalid-json', detail: 'the body is empty' },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    status: 400,
    code: 'invalid-json',
    detail: 'the body is not JSON, or has a key "__proto__"',
  },
  FST_ERR_VALIDATION: { status: 400, code: 'invalid-request' },
}

/**
 * The problem that a client gets for anything thrown. One that is unexpected is answered without its details; what the
 * storage said is for operators, and others get the code.
 */
export function problemOf(error: unknown, role?: Role): Problem {
  if (error instanceof Problem) return error
  if (MqError.is(error)) {
    const known = OF_MQ[error.code]
    if (known === undefined) return internal(error.code)
    const { status, retryAfterS, publicDetail = error.message } = known
    return new Problem(status, error.code, role === 'operator' ? error.message : publicDetail, { retryAfterS })
  }
  if (!(error instanceof Error)) return internal()
  const { code = '', statusCode = 500 } = error as Error & { code?: unknown; statusCode?: unknown }
  const known = typeof code === 'string' && Object.hasOwn(OF_FASTIFY, code) ? OF_FASTIFY[code] : undefined
  if (known !== undefined) return new Problem(known.status, known.code, known.detail ?? error.message)
  // Fastify's own refusals of a malformed URL or body, whose messages quote no part of the request.
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
    ? new Problem(statusCode, 'bad-request', error.message)
    : internal()
}

function internal(code = 'internal'): Problem {
  return new Problem(500, code, 'something went wrong here; the log knows what')
}
