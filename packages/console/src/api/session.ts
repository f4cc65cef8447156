import { z } from 'zod'
import { ROLES } from '../access/role.ts'
import type { CheckedOptions } from '../check-options.ts'
import type { ConsoleApp } from '../console-app.ts'
import { VERSION } from '../version.ts'
import { errors } from './errors.ts'

const session = z
  .object({
    role: z.enum(ROLES),
    readOnly: z.boolean(),
    user: z.string().optional(),
    version: z.string(),
    capabilities: z.object({
      durable: z.boolean(),
      crossProcess: z.boolean(),
      groups: z.boolean(),
      patterns: z.boolean(),
      sharded: z.boolean(),
    }),
    serverTime: z.int(),
  })
  .meta({ id: 'Session' })

/** `/session`: what the client may do here. */
export function sessionRoutes(app: ConsoleApp, { broker, readOnly = false }: CheckedOptions): void {
  app.get(
    '/session',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getSession',
        tags: ['Session'],
        summary: 'What you may do here',
        response: { 200: session, ...errors },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const { role, user } = request.consoleIdentity!
      const { capabilities } = broker
      return {
        role,
        readOnly,
        ...(user !== undefined && { user }),
        version: VERSION,
        capabilities,
        serverTime: Date.now(),
      }
    },
  )
}
