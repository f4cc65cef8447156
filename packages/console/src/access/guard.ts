import helmet from '@fastify/helmet'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { API_PATH } from '../api/api-path.ts'
import type { ConsoleApp } from '../console-app.ts'
import { Problem } from '../problems/problem.ts'
import type { AccessOptions } from './access-options.ts'
import { isAllowedHost } from './allowed-hosts.ts'
import { auditChanges } from './audit-changes.ts'
import { AuditLog } from './audit-log.ts'
import { hidesItsOrigin, isFromElsewhere } from './cross-site.ts'
import { bearerOf, identify } from './identify.ts'
import { rateLimits } from './rate-limits.ts'
import { createRedactor } from './redaction.ts'
import type { Redact } from './redaction.ts'
import { includes } from './role.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { Session } from './session.ts'
import { Tokens } from './tokens.ts'

/** What the routes need of it. */
export interface Access {
  readonly audit: AuditLog
  readonly redact: Redact
  readonly session: Session
}

export interface GuardOptions extends AccessOptions {
  readonly basePath: string
}

const HOST_HEADERS = [
  'content-security-policy',
  'content-security-policy-report-only',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'x-frame-options',
]

/**
 * Decides on each request before its body is read: is it meant for this place, does this client ask too often, does a
 * page of another site send it, who is it, and may they? Call it before the first route.
 */
export async function guard(app: ConsoleApp, options: GuardOptions): Promise<Access> {
  const { auth, basePath, readOnly = false } = options
  const hosts = new Set(options.allowedHosts?.map((name) => name.toLowerCase()))
  const tokens = new Tokens(auth?.tokens ?? [])
  const audit = new AuditLog()
  app.decorateRequest('consoleIdentity', null)
  // What a host's own hook has set would win over helmet's, which writes to the raw response.
  app.addHook('onRequest', async (_request, reply) => HOST_HEADERS.forEach((name) => reply.removeHeader(name)))
  await app.register(helmet, SECURITY_HEADERS)
  const rates = await rateLimits(app, options.rateLimit)
  app.addHook('onRequest', decide)
  const noteChange = auditChanges(app, audit, `${basePath}${API_PATH}`)
  return {
    audit,
    redact: createRedactor(options.redact, app.log),
    session: new Session({ tokens, rates, basePath }),
  }

  async function decide(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!isAllowedHost(request.headers, hosts)) {
      throw new Problem(403, 'wrong-host', 'this name is not served here: allowedHosts names those that are')
    }
    await rates.count(request)
    if (request.is404) return
    const { role } = request.routeOptions.config
    if (role === undefined) throw new Problem(403, 'forbidden', 'nobody may use this address')
    const changes = !isSafe(request)
    refuseOtherSites(request, role === 'anyone', changes)
    if (role === 'anyone') return
    request.consoleIdentity = await identify(request, auth, tokens).catch(async (problem: unknown) => {
      if (bearerOf(request) !== undefined) await rates.countGuess(request)
      if (auth !== undefined) reply.header('www-authenticate', 'Bearer realm="mq console"')
      throw problem
    })
    if (!includes(request.consoleIdentity.role, role)) {
      throw new Problem(403, 'forbidden', `this needs the role ${role}; yours is ${request.consoleIdentity.role}`)
    }
    if (!changes) return
    if (readOnly) throw new Problem(403, 'read-only', 'nothing can be changed here')
    noteChange(request)
  }

  /** Links from other sites lead to the page, which shows nothing without the API. */
  function refuseOtherSites({ headers }: FastifyRequest, isForAnyone: boolean, changes: boolean): void {
    if (!changes && (isForAnyone || headers['sec-fetch-mode'] === 'navigate')) return
    if (!isFromElsewhere(headers, hosts) && !(changes && hidesItsOrigin(headers))) return
    throw new Problem(403, 'cross-site', 'a page of another site may not ask this: open the console itself')
  }
}

function isSafe({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}
