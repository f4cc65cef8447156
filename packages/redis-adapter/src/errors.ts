import { MqError, toError } from '@mq/core/adapter'
import type { MqErrorCode } from '@mq/core/adapter'
import type { RedisClient } from './client.ts'
import { userOf } from './denied.ts'

/**
 * Replies of a server that cannot execute commands now but may soon: nothing was done, and the call may be repeated.
 */
const PASSING = /^(?:LOADING|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|BUSY|UNBLOCKED)\b/
/**
 * Refusals of a server that answers: its disk is full, or replicas are missing. Nothing was done, and the call may be
 * repeated.
 */
const REFUSED_FOR_NOW = /^(?:NOREPLICAS|MISCONF)\b/
/** Of a queue or channel that has partitions, where a script is none of one of them. */
const WIDTH = /^(?:ERR )?MQLAYOUT this (\w+) has layout p(\d+)(?:v[^,]*)?,/
/** Replies that no retry changes. */
const REPLIES: readonly (readonly [RegExp, MqErrorCode])[] = [
  [/^OOM\b/, 'storage-full'],
  [/^(?:ERR )?MQLAYOUT\b/, 'layout-mismatch'],
  [/^(?:WRONGPASS|NOAUTH|NOPERM)\b/, 'server-unsupported'],
  // Sent to a client of a single server that is a node of a cluster.
  [/^(?:MOVED|CROSSSLOT)\b/, 'server-unsupported'],
]

/**
 * An ioredis error as an MqError. The original is never passed on: it contains the command with its payloads, and for
 * AUTH the password.
 */
export function wrapError(thrown: unknown, what: string, client?: RedisClient): MqError {
  if (MqError.is(thrown)) return thrown
  const message = said(thrown)
  if (!isReply(thrown)) return new MqError('unavailable', `${what}: ${firstLine(message)}`)
  if (PASSING.test(message)) {
    return new MqError('unavailable', `${what}: ${firstLine(message)}`, { details: { sent: false } })
  }
  if (REFUSED_FOR_NOW.test(message)) {
    return new MqError('storage-refused', `${what}: ${firstLine(message)}`, { details: { passing: true } })
  }
  const [, kind, width] = WIDTH.exec(message) ?? []
  if (width !== undefined) {
    const details = { partitions: Number(width), wanted: 1 }
    const why = `${what}: the ${kind} has ${width} partitions: nothing was done`
    return new MqError('partitions-differ', why, { details })
  }
  const code = REPLIES.find(([pattern]) => pattern.test(message))?.[1] ?? 'storage-refused'
  const whose = client !== undefined && message.startsWith('NOPERM') ? ` (user ${JSON.stringify(userOf(client))})` : ''
  return new MqError(code, `${what}: ${firstLine(message)}${whose}`)
}

/** An answer of the server, as opposed to a broken connection or a lost reply. */
function isReply(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'ReplyError'
}

/** The error of a server that was a master and is now a replica. */
export function isReplica(thrown: unknown): boolean {
  return isReply(thrown) && /^(?:READONLY|MASTERDOWN)\b/.test((thrown as Error).message)
}

/** The error of a node of a cluster that has not the slot. */
export function isRedirect(thrown: unknown): boolean {
  return isReply(thrown) && /^(?:MOVED|ASK) /.test((thrown as Error).message)
}

export function isNoScript(thrown: unknown): boolean {
  return isReply(thrown) && (thrown as Error).message.startsWith('NOSCRIPT')
}

/** The error of ioredis' parser for data that is not a reply. */
const FOREIGN = /^(?:Protocol error, got|Unknown RESP type)/

/** Node joins the failures for the addresses of a name in an error without a message. */
function said(thrown: unknown): string {
  const { message, errors } = toError(thrown) as Error & { readonly errors?: unknown }
  if (FOREIGN.test(message)) return 'it does not answer as Redis does: a port of something else, or one with TLS?'
  if (message !== '') return message
  return Array.isArray(errors) ? errors.map((each) => toError(each).message).join('; ') : 'no reason given'
}

/**
 * A script's error ends with its digest and its place; `failedInScript` gives the place as a line of a file. The error
 * for a command that a server does not know contains its arguments: for AUTH these are user and password.
 */
function firstLine(message: string): string {
  return message
    .split('\n', 1)[0]!
    .replace(/,? with args beginning with.*$/i, '')
    .replace(/ script: [0-9a-f]{40}.*$/, '')
    .slice(0, 300)
}
