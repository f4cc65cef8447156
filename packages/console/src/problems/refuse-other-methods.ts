import type { HTTPMethods } from 'fastify'
import type { ConsoleApp } from '../console-app.ts'
import { Problem } from './problem.ts'

/**
 * Answers 405 to a known path with a method that it does not have, with the methods that it has. Call the result after
 * the last route.
 */
export function refuseOtherMethods(app: ConsoleApp, basePath: string): () => void {
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const path = url.slice(basePath.length)
    const methods = methodsOf.get(path) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    methodsOf.set(path, methods)
  })
  return () => {
    for (const [url, methods] of [...methodsOf]) {
      const allow = [...methods].sort().join(', ')
      app.route({
        url,
        method: app.supportedMethods.filter((method) => !methods.has(method)) as HTTPMethods[],
        schema: { hide: true },
        config: { role: 'anyone' },
        // Before the body is read, because its type would be refused first.
        onRequest: async ({ method }) => {
          throw new Problem(405, 'wrong-method', `${method} is not for this address, which takes ${allow}`, { allow })
        },
        handler: () => undefined,
      })
    }
  }
}
