import type { IncomingHttpHeaders } from 'node:http'
import { hostnameOf } from './allowed-hosts.ts'

/**
 * Whether a browser sends this for a page of another origin. Browsers report where a request comes from in up to three
 * headers; one of another origin is enough. Programs that are not browsers send none of them.
 */
export function isFromElsewhere(headers: IncomingHttpHeaders, allowed: ReadonlySet<string>): boolean {
  const { origin, referer, host = '' } = headers
  const site = headers['sec-fetch-site']
  // Another port of this host belongs to another program, so `same-site` is another origin, too.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const places = [origin, referer].filter((place) => place !== undefined)
  return places.some((place) => !isOurs(place, host, allowed))
}

/**
 * Whether a browser does not say where this comes from: off https and loopback it sends no Sec-Fetch-Site, and a page
 * can withhold the other two. Every browser says that it is one, or like one. No page can make it send a token.
 */
export function hidesItsOrigin(headers: IncomingHttpHeaders): boolean {
  const says = ['sec-fetch-site', 'origin', 'referer'].some((name) => headers[name] !== undefined)
  if (/^Bearer /i.test(headers.authorization ?? '')) return false // a password (Basic) it would add by itself
  return !says && /\bGecko\b/.test(headers['user-agent'] ?? '')
}

function isOurs(place: string, host: string, allowed: ReadonlySet<string>): boolean {
  const name = hostnameOf(place)
  if (name === undefined) return false // Origin: null
  return new URL(place).host === host.toLowerCase() || allowed.has(name)
}
