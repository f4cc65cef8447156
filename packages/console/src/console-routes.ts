import type { FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { guard } from './access/guard.ts'
import { API_PATH } from './api/api-path.ts'
import { apiRoutes } from './api/api-routes.ts'
import { acceptJson } from './api/accept-json.ts'
import { smallBodies } from './api/small-bodies.ts'
import { nameRequests } from './api/name-requests.ts'
import type { CheckedOptions } from './check-options.ts'
import type { ConsoleApp } from './console-app.ts'
import { answerNotFound, answerProblems } from './problems/answer-problems.ts'
import { refuseOtherMethods } from './problems/refuse-other-methods.ts'
import { metricsRoutes } from './metrics-routes.ts'
import { pageRoutes } from './page-routes.ts'

/** Everything below `basePath`: REST at `/api/v1`, and the page. */
export async function consoleRoutes(host: FastifyInstance, options: CheckedOptions): Promise<void> {
  const app: ConsoleApp = host.withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  nameRequests(app)
  answerProblems(app)
  acceptJson(app)
  smallBodies(app)
  const access = await guard(app, options)
  const finish = refuseOtherMethods(app, options.basePath)
  await app.register(async (api) => apiRoutes(api.withTypeProvider<ZodTypeProvider>(), options, access), {
    prefix: API_PATH,
  })
  metricsRoutes(app, options)
  finish()
  await pageRoutes(app, options)
  if (options.basePath !== '') app.setNotFoundHandler(answerNotFound)
}
