import type { HTTPMethods } from 'fastify'
import type { WebApp } from '../web-app.ts'
import { Refusal } from './refusal.ts'

/**
 * Answers 405 to a known path with a method that it does not have, with the methods that it has. Call the result after
 * the last route.
 */
export function refuseOtherMethods(app: WebApp): () => void {
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    methodsOf.set(url, methods)
  })
  return () => {
    for (const [url, methods] of [...methodsOf]) {
      const allow = [...methods].sort().join(', ')
      app.route({
        url,
        method: app.supportedMethods.filter((method) => !methods.has(method)) as HTTPMethods[],
        schema: { hide: true },
        // Before the body is read, because its type would be refused first.
        onRequest: async (request, reply) => {
          reply.header('allow', allow)
          throw new Refusal(405, 'wrong-method', `${request.method} is not for this address, which takes ${allow}`)
        },
        handler: () => undefined,
      })
    }
  }
}
