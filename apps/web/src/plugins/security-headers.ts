import helmet from '@fastify/helmet'
import type { WebApp } from '../web-app.ts'

const SELF = ["'self'"]
const NONE = ["'none'"]

/** The page runs only its own files, and no other page may embed it in a frame. */
export async function securityHeaders(app: WebApp): Promise<void> {
  await app.register(helmet, {
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
}
