import type { ConsoleApp } from '../console-app.ts'
import type { ConsoleOptions } from '../options.ts'
import { Problem } from '../problems/problem.ts'
import { includes } from './role.ts'

const READS: readonly string[] = ['GET', 'HEAD']

/** Refuses every request to a route whose role the client does not have, before its body is read. */
export function guard(app: ConsoleApp, { readOnly = false }: Pick<ConsoleOptions, 'readOnly'>): void {
  app.decorateRequest('consoleIdentity', null)
  app.addHook('onRequest', async (request) => {
    const { role } = request.routeOptions.config
    if (request.is404) return
    if (role === undefined) throw new Problem(403, 'forbidden', 'nobody may use this address')
    request.consoleIdentity = { role: 'operator' }
    if (!includes(request.consoleIdentity.role, role)) {
      throw new Problem(403, 'forbidden', `this needs the role ${role}`)
    }
    if (readOnly && !READS.includes(request.method)) throw new Problem(403, 'read-only', 'nothing can be changed here')
  })
}
