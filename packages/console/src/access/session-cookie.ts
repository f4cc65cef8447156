import { stringifySetCookie } from 'cookie'
import type { FastifyRequest } from 'fastify'

export const SESSION_COOKIE = 'mq-console'

/** The `set-cookie` of a session; with `text` empty it removes it. No script reads it, and no other site sends it. */
export function sessionCookie(request: FastifyRequest, basePath: string, text: string, maxAgeMs: number): string {
  return stringifySetCookie({
    name: SESSION_COOKIE,
    value: text,
    path: basePath === '' ? '/' : basePath,
    maxAge: Math.floor(maxAgeMs / 1_000),
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https',
  })
}
