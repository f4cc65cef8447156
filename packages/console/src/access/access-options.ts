import { checkAuth } from './auth-options.ts'
import type { AuthOptions } from './auth-options.ts'
import { checkRateLimit } from './rate-limits.ts'
import type { RateLimitOptions } from './rate-limits.ts'
import type { Redact } from './redaction.ts'

export interface AccessOptions {
  /** Who may do what. Default: programs and browsers of this machine may do everything, and nobody else anything. */
  readonly auth?: AuthOptions | undefined
  /** Nothing can be changed, whatever the role. Default false. */
  readonly readOnly?: boolean | undefined
  /**
   * Host names under which the console is served, besides addresses and `localhost`: for example that of a proxy. At
   * most 100.
   */
  readonly allowedHosts?: readonly string[] | undefined
  /** Requests of one client. `false`: no limit. Default: 3,000 a minute. */
  readonly rateLimit?: RateLimitOptions | false | undefined
  /** Changes or withholds values of users before they are shown. */
  readonly redact?: Redact | undefined
}

export const HOST_NAME: RegExp = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i
const MOST_HOSTS = 100

/** Throws a TypeError that names the option at fault. */
export function checkAccess({ auth, readOnly, allowedHosts, rateLimit, redact }: AccessOptions): void {
  checkAuth(auth)
  checkRateLimit(rateLimit)
  if (readOnly !== undefined && typeof readOnly !== 'boolean') throw new TypeError('readOnly must be true or false')
  if (redact !== undefined && typeof redact !== 'function') throw new TypeError('redact must be a function')
  if (allowedHosts === undefined) return
  if (!Array.isArray(allowedHosts) || allowedHosts.length > MOST_HOSTS) {
    throw new TypeError(`allowedHosts must be a list of at most ${MOST_HOSTS}`)
  }
  if (!allowedHosts.every((name) => typeof name === 'string' && HOST_NAME.test(name))) {
    throw new TypeError('allowedHosts has host names only: without scheme, port and path')
  }
}
