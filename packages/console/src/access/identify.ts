import { parseCookie } from 'cookie'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../problems/problem.ts'
import { askHost } from './ask-host.ts'
import type { AuthOptions } from './auth-options.ts'
import { isLocal } from './is-local.ts'
import type { Identity } from './role.ts'
import { SESSION_COOKIE } from './session-cookie.ts'
import type { Tokens } from './tokens.ts'

/** Finds out who sends a request. Throws the problem to answer when that is not known. */
export async function identify(
  request: FastifyRequest,
  auth: AuthOptions | undefined,
  tokens: Tokens,
): Promise<Identity> {
  if (auth === undefined) {
    if (isLocal(request)) return { role: 'operator', user: 'local' }
    throw new Problem(
      403,
      'forbidden',
      'without tokens or a check of the host (auth) this is open to its own machine only',
    )
  }
  const token = bearerOf(request)
  const known = token === undefined ? tokens.inSession(cookieOf(request), Date.now()) : tokens.holderOf(token)
  const identity = known ?? (auth.authorize && (await askHost(auth.authorize, request)))
  if (identity !== undefined) return identity
  throw new Problem(401, 'unauthorized', 'sign in, or send a token: Authorization: Bearer …')
}

export function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S{1,512})$/i.exec(headers.authorization ?? '')?.[1]
}

function cookieOf({ headers }: FastifyRequest): string {
  return parseCookie(headers.cookie ?? '')[SESSION_COOKIE] ?? ''
}
