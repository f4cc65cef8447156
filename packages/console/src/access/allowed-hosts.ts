import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/**
 * Whether the request came under a name that is meant for the console. A page of another site can have its own name
 * resolved to this machine (DNS rebinding), and its browser takes that for the same site. It cannot do so with an
 * address, or with `localhost`.
 */
export function isAllowedHost({ host }: IncomingHttpHeaders, allowed: ReadonlySet<string>): boolean {
  // Browsers always send it; HTTP/1.0 need not.
  if (host === undefined) return true
  const name = hostnameOf(`http://${host}`)
  return name !== undefined && (isAddress(name) || isLocalName(name) || allowed.has(name))
}

/** The host name of a URL, in lower case, without its port; undefined when it is not a URL. */
export function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
}

function isLocalName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost')
}
