import type { FastifyRequest } from 'fastify'
import type { ConsoleApp } from '../console-app.ts'
import { problemOf } from '../problems/problem-of.ts'
import type { AuditEntry, AuditLog } from './audit-log.ts'

const LONGEST_TARGET = 500

interface Open {
  readonly end: (outcome: string, note?: string) => AuditEntry
  code?: string
}

const notes = new WeakMap<FastifyRequest, string>()

/** Says of a change what its path does not. */
export function noteChange(request: FastifyRequest, note: string): void {
  notes.set(request, note)
}

/**
 * Notes each request that was let in and may change something: in the log of changes, and in the host's log. Call the
 * result once a request was let in.
 */
export function auditChanges(app: ConsoleApp, log: AuditLog, apiPath: string): (request: FastifyRequest) => void {
  const open = new WeakMap<FastifyRequest, Open>()
  app.addHook('onError', async (request, _reply, error) => {
    const entry = open.get(request)
    if (entry !== undefined) entry.code = problemOf(error).code
  })
  app.addHook('onResponse', async (request, reply) => {
    const entry = open.get(request)
    if (entry === undefined) return
    const { outcome, ...facts } = entry.end(
      entry.code ?? (reply.statusCode < 400 ? 'done' : String(reply.statusCode)),
      notes.get(request),
    )
    request.log.info({ ...facts, outcome }, 'a change through the console')
  })
  return (request) => {
    const { role = 'anyone', user } = request.consoleIdentity ?? {}
    const { operationId = request.method } = request.routeOptions.schema ?? {}
    const end = log.begin({
      at: Date.now(),
      who: user ?? role,
      role,
      action: operationId,
      target: targetOf(request, apiPath),
      requestId: request.id,
    })
    open.set(request, { end })
  }
}

function targetOf({ originalUrl }: FastifyRequest, apiPath: string): string {
  const [path = ''] = originalUrl.split('?')
  const below = path.startsWith(`${apiPath}/`) ? path.slice(apiPath.length + 1) : path
  return below.slice(0, LONGEST_TARGET)
}
