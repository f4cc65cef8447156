import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../problems/problem.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Identity } from './role.ts'
import { sessionCookie } from './session-cookie.ts'
import { SESSION_MS } from './tokens.ts'
import type { Tokens } from './tokens.ts'

export interface SessionParts {
  readonly tokens: Tokens
  readonly rates: RateLimits
  readonly basePath: string
}

/** Signs browsers in and out: an EventSource cannot send a token, so a cookie stands for it. */
export class Session {
  readonly #parts: SessionParts

  constructor(parts: SessionParts) {
    this.#parts = parts
  }

  /** Throws a 401 for a token that nobody has, a 429 after too many of them. */
  async begin(request: FastifyRequest, reply: FastifyReply, token: string): Promise<Identity> {
    const { tokens, rates, basePath } = this.#parts
    const identity = tokens.holderOf(token)
    const text = tokens.startSession(token, Date.now())
    if (identity === undefined || text === undefined) {
      await rates.countGuess(request)
      const why = tokens.count === 0 ? 'there are no tokens here' : 'nobody has this token'
      throw new Problem(401, 'unauthorized', why)
    }
    reply.header('set-cookie', sessionCookie(request, basePath, text, SESSION_MS))
    request.log.info({ who: identity.user, role: identity.role }, 'signed in to the console')
    return identity
  }

  end(request: FastifyRequest, reply: FastifyReply): void {
    reply.header('set-cookie', sessionCookie(request, this.#parts.basePath, '', 0))
  }
}
