import { MqError } from '@mq/core'
import type { MqErrorCode } from '@mq/core'

/** Replies of a server that cannot answer now but may soon: nothing was done, and trying again is right. */
const PASSING = /^(?:LOADING|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|BUSY|UNBLOCKED)\b/
/** Replies that no retry changes. */
const REPLIES: readonly (readonly [RegExp, MqErrorCode])[] = [
  [/^OOM\b/, 'storage-full'],
  [/^(?:ERR )?MQLAYOUT\b/, 'layout-mismatch'],
  [/^(?:WRONGPASS|NOAUTH|NOPERM)\b/, 'server-unsupported'],
]

/**
 * An ioredis error as an MqError. The original is never passed on: it carries the command with its payloads, and for AUTH
 * the password.
 */
export function wrapError(thrown: unknown, what: string): MqError {
  if (MqError.is(thrown)) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (!isReply(thrown)) return new MqError('unavailable', `${what}: ${message}`)
  if (PASSING.test(message)) return new MqError('unavailable', `${what}: ${firstLine(message)}`)
  const code = REPLIES.find(([pattern]) => pattern.test(message))?.[1] ?? 'storage-refused'
  return new MqError(code, `${what}: ${firstLine(message)}`)
}

/** An answer of the server, as opposed to a broken connection or a lost reply. */
function isReply(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'ReplyError'
}

/** A server that was a master once, and is none any more. */
export function isReplica(thrown: unknown): boolean {
  return isReply(thrown) && /^(?:READONLY|MASTERDOWN)\b/.test((thrown as Error).message)
}

export function isNoScript(thrown: unknown): boolean {
  return isReply(thrown) && (thrown as Error).message.startsWith('NOSCRIPT')
}

/** A script's error ends with its place in the text, which helps nobody. */
function firstLine(message: string): string {
  return message
    .split('\n', 1)[0]!
    .replace(/ script: [0-9a-f]{40}.*$/, '')
    .slice(0, 300)
}
