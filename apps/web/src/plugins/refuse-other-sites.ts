import type { FastifyRequest } from 'fastify'
import type { WebApp } from '../web-app.ts'
import { hostnameOf } from './hostname-of.ts'
import { Refusal } from './refusal.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route produces into a queue or a channel, whatever its method. */
    readonly produces?: boolean | undefined
  }
}

/**
 * Only this site, or a person who types the address, may make a browser produce, and no prefetch of a browser may.
 * Programs that are not browsers send none of these headers. `allowed`: names under which a proxy serves this site.
 */
export function refuseOtherSites(app: WebApp, allowed: readonly string[]): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (!request.routeOptions.config.produces) return done()
    if (isFromElsewhere(request, allowed)) {
      throw new Refusal(403, 'cross-site', 'another site may not produce here: open the page and use its links')
    }
    if (isSpeculative(request)) {
      throw new Refusal(403, 'prefetch', 'this link produces something: it is not for looking ahead')
    }
    done()
  })
}

/** Browsers report the origin of a request in up to three headers; one of another origin is enough to refuse it. */
function isFromElsewhere({ headers }: FastifyRequest, allowed: readonly string[]): boolean {
  const { origin, referer, host = '' } = headers
  const site = headers['sec-fetch-site']
  // Another port of this host belongs to another program, so `same-site` is another origin, too.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const places = [origin, referer].filter((place) => place !== undefined)
  if (places.some((place) => !isOurs(place, host, allowed))) return true
  // Off https and loopback browsers send no Sec-Fetch-Site, and a page can withhold the other two. Every browser
  // says that it is one, or like one.
  return site === undefined && places.length === 0 && /\bGecko\b/.test(headers['user-agent'] ?? '')
}

function isOurs(place: string, host: string, allowed: readonly string[]): boolean {
  const name = hostnameOf(place)
  if (name === undefined) return false // Origin: null
  return new URL(place).host === host.toLowerCase() || allowed.includes(name)
}

const PURPOSES = ['sec-purpose', 'purpose', 'x-moz']

function isSpeculative({ headers }: FastifyRequest): boolean {
  return PURPOSES.some((name) => /prefetch/i.test(String(headers[name])))
}
