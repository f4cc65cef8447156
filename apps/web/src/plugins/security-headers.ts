import helmet from 'helmet'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { WebApp } from '../web-app.ts'

const SELF = ["'self'"]
const NONE = ["'none'"]

/** The page runs only its own files, and no other page may embed it in a frame. */
const setHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: NONE,
      scriptSrc: SELF,
      styleSrc: SELF,
      imgSrc: SELF,
      connectSrc: SELF,
      baseUri: NONE,
      formAction: NONE,
      frameAncestors: NONE,
      requireTrustedTypesFor: ["'script'"],
    },
  },
  referrerPolicy: { policy: 'same-origin' }, // this site's own links show by it that they are
  strictTransportSecurity: false, // whether its name is served by https for ever is for its proxy to say
})

/** The same on every answer, so they are made once: its plugin makes them anew for each request. */
export function securityHeaders(app: WebApp): void {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  setHeaders(request, response, () => undefined)
  const headers = response.getHeaders()
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}
