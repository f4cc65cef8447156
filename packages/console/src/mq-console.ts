import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import plugin from 'fastify-plugin'
import { consoleRoutes } from './console-routes.ts'
import { checkOptions } from './check-options.ts'
import type { ConsoleOptions } from './options.ts'

/**
 * The console as a Fastify plugin: `app.register(mqConsole, { broker })`. It adds nothing to the host's other routes.
 * Throws a TypeError for options that cannot work.
 */
export const mqConsole: FastifyPluginAsync<ConsoleOptions> = plugin(registerConsole, {
  name: '@mq/console',
  fastify: '5.x',
  encapsulate: true,
})

async function registerConsole(app: FastifyInstance, options: ConsoleOptions): Promise<void> {
  const checked = checkOptions(options)
  await app.register(async (scope) => consoleRoutes(scope, checked), { prefix: checked.basePath })
}
