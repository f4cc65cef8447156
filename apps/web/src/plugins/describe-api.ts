import swagger from '@fastify/swagger'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { WebApp } from '../web-app.ts'

/** Where the console is; it describes its API itself. */
export const CONSOLE = '/console'

const TAGS: Readonly<Record<string, string>> = {
  Links: 'The two links of the page.',
  Tasks: 'To enqueue tasks, and to learn their results.',
  Messages: 'To publish, and to watch what happens.',
  Health: 'For those who start and balance processes.',
}

/** `/openapi.json`, made from the schemas of the routes. Routes that are registered after it are described. */
export async function describeApi(app: WebApp): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'mq web',
        version: '0.1.0',
        description: 'Enqueue tasks, learn their results, publish messages.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'where this is' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      security: [], // open to whoever reaches it: see docs/deploying.md
    },
    transform: (route) =>
      route.url.startsWith(`${CONSOLE}/`) ? { schema: { hide: true }, url: route.url } : jsonSchemaTransform(route),
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
}
