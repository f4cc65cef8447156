import { isIP } from 'node:net'
import type { WebApp } from '../web-app.ts'
import { hostnameOf } from './hostname-of.ts'
import { Refusal } from './refusal.ts'

/**
 * Accepts requests only under the host names that are meant for it. A page of another site can have its own name
 * resolved to this machine (DNS rebinding), and its browser takes that for the same site. It cannot do so with an
 * address, or with `localhost`.
 */
export function refuseOtherHosts(app: WebApp, allowed: readonly string[]): void {
  // The same clients come again and again, and to read a URL takes longer than all other hooks together.
  let accepted: string | undefined
  app.addHook('onRequest', ({ headers: { host } }, _reply, done) => {
    // Browsers always send it; HTTP/1.0 need not.
    if (host === undefined || host === accepted) return done()
    const name = hostnameOf(`http://${host}`)
    if (name !== undefined && (isAddress(name) || isLocal(name) || allowed.includes(name))) {
      accepted = host
      return done()
    }
    throw new Refusal(403, 'wrong-host', 'this name is not served here: ALLOWED_HOSTS names those that are')
  })
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
}

function isLocal(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost')
}
