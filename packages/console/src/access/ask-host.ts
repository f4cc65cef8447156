import type { FastifyRequest } from 'fastify'
import type { Authorize } from './auth-options.ts'
import { isRole } from './role.ts'
import type { Identity } from './role.ts'

const ANSWER_WITHIN_MS = 10_000
const LONGEST_USER = 100

/**
 * Asks the host's own check. Whatever it does, the answer is an identity with a role, or undefined, which refuses; what
 * was wrong with it is logged.
 */
export async function askHost(authorize: Authorize, request: FastifyRequest): Promise<Identity | undefined> {
  const { log } = request
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS)
  })
  try {
    const answer: unknown = await Promise.race([authorize(request), tooLate])
    if (answer === undefined) return undefined
    const identity = identityOf(answer)
    if (identity === undefined) log.error('auth.authorize answered something that is not a role: access is refused')
    return identity
  } catch (error) {
    logFailure(request, error)
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/** Throws what a getter of the answer throws. */
function identityOf(answer: unknown): Identity | undefined {
  if (isRole(answer)) return { role: answer }
  if (typeof answer !== 'object' || answer === null) return undefined
  const { role, user } = answer as { readonly role?: unknown; readonly user?: unknown }
  if (!isRole(role)) return undefined
  return { role, user: typeof user === 'string' && user !== '' ? user.slice(0, LONGEST_USER) : undefined }
}

/** What was thrown may be anything, and a logger that reads it may throw. */
function logFailure({ log }: FastifyRequest, error: unknown): void {
  const text = 'auth.authorize failed: access is refused'
  try {
    log.error({ err: error }, text)
  } catch {
    log.error(text)
  }
}
