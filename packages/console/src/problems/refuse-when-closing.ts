import type { FastifyInstance } from 'fastify'
import { Problem } from './problem.ts'

/**
 * For a server that is the console's own: what still arrives on open connections while it closes is answered as other
 * errors are. It needs `return503OnClosing: false`.
 */
export function refuseWhenClosing(app: FastifyInstance): void {
  let isClosing = false
  app.addHook('preClose', async () => void (isClosing = true))
  app.addHook('onRequest', async () => {
    if (isClosing) throw new Problem(503, 'closing', 'the console is about to end: send it again', { retryAfterS: 1 })
  })
}
