import type { FastifyBaseLogger } from 'fastify'
import type { Role } from './role.ts'

/** Where a value that is about to be shown comes from. */
export interface RedactPlace {
  readonly field: 'payload' | 'result' | 'headers' | 'progress' | 'message' | 'log'
  readonly queue?: string | undefined
  readonly channel?: string | undefined
  /** Of the task. */
  readonly id?: string | undefined
  /** Of the person who will see it. */
  readonly role: Role
}

/**
 * Called with each value of a user before it leaves the process; what it returns is shown instead. When it throws, or
 * returns what is not JSON (also a promise), the value is withheld.
 */
export type Redact = (value: unknown, place: RedactPlace) => unknown

export const WITHHELD = '(withheld)'

/** The host's hook, made safe to call. Without one, values are shown as they are. */
export function createRedactor(redact: Redact | undefined, log: FastifyBaseLogger): Redact {
  if (redact === undefined) return (value) => value
  let isReported = false
  return (value, place) => {
    if (value === undefined) return undefined
    try {
      return plain(redact(value, place))
    } catch {
      // What was thrown may quote the value, so it is not logged.
      if (!isReported) log.error({ field: place.field }, 'redact failed: values are withheld (reported once)')
      isReported = true
      return WITHHELD
    }
  }
}

/** A copy that holds data only. */
function plain(value: unknown): unknown {
  if (value instanceof Promise) {
    value.catch(() => undefined) // the value is withheld however it ends; unhandled, a rejection would end the host
    throw new TypeError('not JSON')
  }
  if (typeof value === 'function') throw new TypeError('not JSON')
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}

export interface ErrorText {
  readonly name?: string | undefined
  readonly message?: string | undefined
  readonly code?: string | undefined
  readonly stack?: string | undefined
}

/** What a worker said of an error: texts and stacks may hold addresses and secrets, and are for operators only. */
export function errorFor<E extends ErrorText>(role: Role, error: E): E | { name: string; code?: string } {
  if (role === 'operator') return error
  const { name, code } = error
  return { name: isWord(name) ? name : 'Error', ...(isWord(code) && { code }) }
}

/** A handler may put any value there. */
function isWord(text: unknown): text is string {
  return typeof text === 'string' && /^[\w.-]{1,64}$/.test(text)
}
