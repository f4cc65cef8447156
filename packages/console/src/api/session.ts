import { z } from 'zod'
import type { Access } from '../access/guard.ts'
import { ROLES } from '../access/role.ts'
import type { Identity } from '../access/role.ts'
import type { CheckedOptions } from '../check-options.ts'
import type { ConsoleApp } from '../console-app.ts'
import { VERSION } from '../version.ts'
import { named } from './schemas.ts'

const session = named(
  'Session',
  z.object({
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
  }),
)

/** `/session`: what the client may do here, and signing in and out for browsers. */
export function sessionRoutes(app: ConsoleApp, { broker, readOnly = false }: CheckedOptions, access: Access): void {
  app.get(
    '/session',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getSession',
        tags: ['Session'],
        summary: 'What you may do here',
        response: { 200: session },
      },
    },
    async (request) => viewOf(request.consoleIdentity!),
  )

  app.post(
    '/session',
    {
      config: { role: 'anyone' },
      schema: {
        operationId: 'signIn',
        tags: ['Session'],
        summary: 'Sign in with a token, for browsers',
        description: 'Sets a cookie for 12 hours. Programs send `Authorization: Bearer …` with each request instead.',
        security: [],
        body: z.strictObject({ token: z.string().max(512) }),
        response: { 200: session },
      },
    },
    async (request, reply) => viewOf(await access.session.begin(request, reply, request.body.token)),
  )

  app.delete(
    '/session',
    {
      config: { role: 'anyone' },
      schema: {
        operationId: 'signOut',
        tags: ['Session'],
        summary: 'Sign out',
        security: [],
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      access.session.end(request, reply)
      return reply.code(204).send(null)
    },
  )

  function viewOf({ role, user }: Identity): z.infer<typeof session> {
    const { capabilities } = broker
    const name = user === undefined ? {} : { user }
    return { role, readOnly, ...name, version: VERSION, capabilities, serverTime: Date.now() }
  }
}
