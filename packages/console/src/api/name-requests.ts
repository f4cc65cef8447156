import { randomUUID } from 'node:crypto'
import type { ConsoleApp } from '../console-app.ts'

const REQUEST_ID = /^[\w.:-]{1,128}$/

/** Gives each request an id, its own `x-request-id` if it has a usable one, and answers with it. */
export function nameRequests(app: ConsoleApp): void {
  app.setGenReqId(({ headers }) => {
    const given = headers['x-request-id']
    return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
}
