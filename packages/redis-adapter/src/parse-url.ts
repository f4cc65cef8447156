import type { ConnectionOptions } from 'node:tls'
import { MqError } from '@mq/core/adapter'
import type { TlsOptions } from './options.ts'

/** The options that a client of ioredis needs for a server. */
export interface ServerAddress {
  readonly host?: string
  readonly port?: number
  /** Of a Unix socket. */
  readonly path?: string
  readonly username?: string
  readonly password?: string
  readonly db: number
  readonly family?: number
  /** What it leaves out is as Node has it: its certificate authorities, and those of NODE_EXTRA_CA_CERTS. */
  readonly tls?: ConnectionOptions
}

export interface ParsedUrl {
  readonly address: ServerAddress
  /** For logs and errors: the address, without user, password and query. */
  readonly target: string
}

const SCHEMES = ['redis:', 'rediss:', 'unix:', 'redis+unix:']
const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])$/
const DB = /^\d{1,9}$/
const ESCAPE = 'A sign of a user or password that means something in a URL (@ : / ? # %) must be percent-encoded'

/**
 * Reads `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS, `unix:///path[?db=1]` or
 * `redis+unix:///path[?db=1]` for a Unix socket. Refuses all else with `invalid-options`, so that no piece of a
 * password that was not encoded is taken for a host or a database, and shown as such. No message quotes any of it.
 * `tls`: refused with any other scheme than `rediss`, as it would be without effect.
 */
export function parseUrl(url: string, tls?: TlsOptions, defaultPort = 6_379): ParsedUrl {
  if (!/^[a-z+]+:\/\//.test(url) || !SCHEMES.includes(url.slice(0, url.indexOf('/')))) {
    throw refused('url must begin with redis://, rediss://, unix:// or redis+unix://')
  }
  if (/[\s\p{Cc}]/u.test(url) || !URL.canParse(url)) throw refused(`url is not a URL. ${ESCAPE}`)
  const parsed = new URL(url)
  const query = [...parsed.searchParams]
  // Where a password broke the URL in the wrong place, the real `@` comes behind it.
  if (parsed.hash !== '' || /[@]/.test(parsed.pathname + parsed.search)) throw refused(`url cannot be read. ${ESCAPE}`)
  const unknown = query.find(
    ([name, value]) => !(name === 'db' ? DB.test(value) : name === 'family' && /^[46]$/.test(value)),
  )
  if (unknown) throw refused(`url takes ?db=<number> and ?family=<4 or 6>, nothing else. ${ESCAPE}`)
  const given = Object.fromEntries(query) as { readonly db?: string; readonly family?: string }
  if (parsed.protocol === 'rediss:') return withTls(hostOf(parsed, given, defaultPort), tls)
  if (tls !== undefined) throw new MqError('invalid-options', 'tls needs rediss://', { details: { option: 'tls' } })
  return parsed.protocol.endsWith('unix:') ? socketOf(parsed, given.db ?? '0') : hostOf(parsed, given, defaultPort)
}

function withTls({ address, target }: ParsedUrl, tls: TlsOptions = {}): ParsedUrl {
  return { address: { ...address, tls: tls as ConnectionOptions }, target }
}

function hostOf(
  parsed: URL,
  given: { readonly db?: string; readonly family?: string },
  defaultPort: number,
): ParsedUrl {
  const { protocol, hostname, host, port, pathname } = parsed
  if (!HOST.test(hostname)) throw refused(`url must name one host. ${ESCAPE}`)
  const db = /^\/?$/.test(pathname) ? given.db : pathname.slice(1)
  if (db !== undefined && (!DB.test(db) || (given.db !== undefined && given.db !== db))) {
    throw refused(`the path of url must be the number of a database, as in redis://host:6379/1. ${ESCAPE}`)
  }
  const address = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? defaultPort : Number(port),
    ...loginOf(parsed),
    db: Number(db ?? 0),
    ...(given.family !== undefined && { family: Number(given.family) }),
  }
  return { address, target: `${protocol}//${host}${address.db === 0 ? '' : `/${address.db}`}` }
}

function socketOf(parsed: URL, db: string): ParsedUrl {
  const { host, pathname } = parsed
  if ((host !== '' && host !== 'localhost') || pathname.length < 2) {
    throw refused(
      `url must name a socket, as in unix:///run/redis.sock, with a login unix://user:password@localhost/run/redis.sock`,
    )
  }
  const path = decoded(pathname)
  return {
    address: { path, ...loginOf(parsed), db: Number(db) },
    target: `unix://${path}${db === '0' ? '' : `?db=${db}`}`,
  }
}

function loginOf({ username, password }: URL): Pick<ServerAddress, 'username' | 'password'> {
  return {
    ...(username !== '' && { username: decoded(username) }),
    ...(password !== '' && { password: decoded(password) }),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refused(`url has a % that begins no code. ${ESCAPE}`)
  }
}

function refused(message: string): MqError {
  return new MqError('invalid-options', message, { details: { option: 'url' } })
}
