import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import type { ConsoleApp } from '../console-app.ts'
import { Problem } from '../problems/problem.ts'
import { clientOf } from './client-of.ts'

/** How many requests one client may send; a client is an IPv4 address, or the first 64 bits of an IPv6 address. */
export interface RateLimitOptions {
  /** 1 to 1,000,000. Default 3,000. */
  readonly max?: number | undefined
  /** ms, 1,000 to 3,600,000. Default 60,000. */
  readonly perMs?: number | undefined
}

const DEFAULTS = { max: 3_000, perMs: 60_000 }
const GUESSES = { max: 20, perMs: 60_000 }

export interface RateLimits {
  /** Counts a request. Throws a 429 when there were too many. */
  count(request: FastifyRequest): Promise<void>
  /** Counts a token that nobody has. Throws a 429 when there were too many. */
  countGuess(request: FastifyRequest): Promise<void>
}

/** Throws a TypeError. */
export function checkRateLimit(options: RateLimitOptions | false | undefined): void {
  if (options === undefined || options === false) return
  if (typeof options !== 'object' || options === null) throw new TypeError('rateLimit must be an object, or false')
  checkNumber('rateLimit.max', options.max, 1, 1_000_000)
  checkNumber('rateLimit.perMs', options.perMs, 1_000, 3_600_000)
}

export function checkNumber(name: string, value: unknown, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most)) return
  throw new TypeError(`${name} must be a whole number from ${least} to ${most}`)
}

export async function rateLimits(app: ConsoleApp, options: RateLimitOptions | false = {}): Promise<RateLimits> {
  await app.register(rateLimit, { global: false })
  const limiter = ({ max = DEFAULTS.max, perMs = DEFAULTS.perMs }: RateLimitOptions, what: string) => {
    // A host that has this plugin lends us its own, so what it may have set for itself is set here, too. Its store may
    // be one Redis for all, with one count for each key.
    const keyGenerator = (request: FastifyRequest): string => `mq-console ${what} ${clientOf(request)}`
    const apply = app.createRateLimit({ max, timeWindow: perMs, allowList: [], ban: -1, keyGenerator })
    return async (request: FastifyRequest): Promise<void> => {
      const state = await apply(request)
      if (state.isAllowed || !state.isExceeded) return
      throw new Problem(429, 'too-many-requests', `too many ${what}: wait`, {
        retryAfterS: Math.max(1, state.ttlInSeconds),
      })
    }
  }
  const countGuess = limiter(GUESSES, 'wrong tokens')
  return { count: options === false ? async () => undefined : limiter(options, 'requests'), countGuess }
}
