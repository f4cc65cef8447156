import type { FastifyRequest } from 'fastify'
import { isRole } from './role.ts'
import type { Role } from './role.ts'

/**
 * Who may use the console. Without `auth` only programs and browsers of this machine may, and as operators: requests
 * over loopback that no proxy forwarded. With it, nobody may without credentials.
 */
export interface AuthOptions {
  /** For `Authorization: Bearer …`, and for signing in with a browser. At most 100. */
  readonly tokens?: readonly TokenOptions[] | undefined
  /**
   * The host's own check, asked for each request that brings no token of ours: by `request.raw` it sees what the host's
   * middleware left there. Anything but a role, a throw, and no answer within 10 s refuse the request.
   */
  readonly authorize?: Authorize | undefined
}

export interface TokenOptions {
  /** 16 to 512 characters of printable ASCII without spaces. Never logged, never sent back. */
  readonly token: string
  readonly role: Role
  /** Who it is, for the list of changes; at most 100 characters. Default: its role. */
  readonly name?: string | undefined
}

export type Authorize = (request: FastifyRequest) => Authorized | Promise<Authorized>
export type Authorized = Role | { readonly role: Role; readonly user?: string | undefined } | undefined

const MOST_TOKENS = 100
export const TOKEN: RegExp = /^[\x21-\x7e]{16,512}$/
const LONGEST_NAME = 100

/** Throws a TypeError that names the option at fault, and quotes no value. */
export function checkAuth(auth: AuthOptions | undefined): void {
  if (auth === undefined) return
  if (typeof auth !== 'object' || auth === null) throw new TypeError('auth must be an object')
  const { tokens, authorize } = auth
  if (tokens === undefined && authorize === undefined) {
    throw new TypeError('auth needs tokens or authorize: without auth the console is open to this machine only')
  }
  if (authorize !== undefined && typeof authorize !== 'function') {
    throw new TypeError('auth.authorize must be a function')
  }
  if (tokens === undefined) return
  if (!Array.isArray(tokens) || tokens.length === 0 || tokens.length > MOST_TOKENS) {
    throw new TypeError(`auth.tokens must be a list of 1 to ${MOST_TOKENS}`)
  }
  tokens.forEach((each: Partial<TokenOptions> | null, i) => checkToken(each, `auth.tokens[${i}]`))
  if (new Set(tokens.map(({ token }) => token)).size < tokens.length) {
    throw new TypeError('auth.tokens has one token twice')
  }
}

function checkToken(given: Partial<TokenOptions> | null, where: string): void {
  if (typeof given !== 'object' || given === null) throw new TypeError(`${where} must be an object`)
  if (typeof given.token !== 'string' || !TOKEN.test(given.token)) {
    throw new TypeError(`${where}.token must have 16 to 512 characters of printable ASCII without spaces`)
  }
  if (!isRole(given.role)) throw new TypeError(`${where}.role must be viewer, producer or operator`)
  const { name } = given
  if (name !== undefined && (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME)) {
    throw new TypeError(`${where}.name must have 1 to ${LONGEST_NAME} characters`)
  }
}
