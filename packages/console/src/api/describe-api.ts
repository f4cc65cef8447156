import swagger from '@fastify/swagger'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import type { ConsoleApp } from '../console-app.ts'
import { VERSION } from '../version.ts'
import { completeDescription } from './complete-description.ts'
import { API_SCHEMAS } from './schemas.ts'

const TAGS: Readonly<Record<string, string>> = {
  Session: 'Who you are here, and what was changed by whom.',
  Overview: 'Whether work flows, and why not.',
  Queues: 'How queues are, and what is done to a whole one.',
  Tasks: 'Single tasks: to add, find, understand and change them.',
  Schedules: 'Tasks that come by the clock.',
  'Dead letters': 'Tasks that failed for good: to run again, or to delete.',
  Channels: 'Messages to all who subscribe.',
  Groups: 'Competing consumers of a channel.',
  Workers: 'The workers of all processes.',
  Storage: 'What an operator has to know of the storage.',
}

declare module 'fastify' {
  interface FastifyInstance {
    mqConsoleApi(): OpenAPIV3_1.Document
  }
}

/** `/openapi.json`, made from the routes that are registered after this. */
export async function describeApi(app: ConsoleApp, path: string): Promise<void> {
  const transform = createJsonSchemaTransform({ schemaRegistry: API_SCHEMAS })
  const transformObject = createJsonSchemaTransformObject({ schemaRegistry: API_SCHEMAS })
  const isOurs = (schema: { operationId?: string | undefined } | undefined): boolean =>
    schema?.operationId !== undefined

  await app.register(swagger, {
    decorator: 'mqConsoleApi' as 'swagger', // the host may have one of its own
    openapi: {
      openapi: '3.1.0',
      info: {
        title: '@mq/console',
        version: VERSION,
        description: 'See and operate queues, tasks, channels, groups and workers.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: path, description: 'where this console is' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    },
    transform: (given) => {
      const described = transform({ ...given, schema: { ...given.schema, hide: !isOurs(given.schema) } } as never)
      const { role = 'nobody' } = given.route.config ?? {}
      const access = role === 'anyone' ? 'For anyone.' : `Needs the role \`${role}\`.`
      const description = [given.schema?.description, access].filter(Boolean).join(' ')
      return { ...described, schema: { ...described.schema, description } } as never
    },
    transformObject: (given) => completeDescription(transformObject(given as never) as OpenAPIV3_1.Document) as never,
  })
  // The host's own description, if it has one, is of its routes.
  app.addHook('onRoute', ({ schema }) => {
    if (schema !== undefined && isOurs(schema)) schema.hide = true
  })
  app.get('/openapi.json', { config: { role: 'viewer' }, schema: { hide: true } }, async () => app.mqConsoleApi())
}
