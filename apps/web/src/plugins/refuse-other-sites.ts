import type { FastifyRequest } from 'fastify'
import type { WebApp } from '../web-app.ts'
import { Refusal } from './refusal.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route puts something into a queue or a channel, whatever its method. */
    readonly produces?: boolean | undefined
  }
}

/** Only this site, or a person who types the address, may make a browser produce; and no browser may do it in advance. */
export function refuseOtherSites(app: WebApp): void {
  app.addHook('onRequest', async (request) => {
    if (!request.routeOptions.config.produces) return
    if (request.headers['sec-fetch-site'] === 'cross-site') {
      throw new Refusal(403, 'cross-site', 'another site may not produce here')
    }
    if (isSpeculative(request)) {
      throw new Refusal(403, 'prefetch', 'this link produces something: it is not for looking ahead')
    }
  })
}

const PURPOSES = ['sec-purpose', 'purpose', 'x-moz']

function isSpeculative({ headers }: FastifyRequest): boolean {
  return PURPOSES.some((name) => /prefetch/i.test(String(headers[name])))
}
