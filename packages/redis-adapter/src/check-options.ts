import type { LendableClient } from './client.ts'
import type { Durability, RedisAdapterOptions, SentinelOptions } from './options.ts'

const PREFIX = /^[A-Za-z0-9._-]{1,64}$/
/** Options that ioredis and BullMQ take separately. */
const IN_URL = ['host', 'port', 'path', 'username', 'password', 'db', 'connection', 'redis']
const WAYS = ['url', 'urls', 'sentinel', 'client', 'connect'] as const
const KNOWN = ['prefix', ...WAYS, 'tls', 'durability']
const OBJECTS = ['durability', 'tls', 'sentinel']
const OF_TLS = [
  'ca',
  'cert',
  'key',
  'passphrase',
  'servername',
  'rejectUnauthorized',
  'checkServerIdentity',
  'minVersion',
]
const LIST = 'url, urls, sentinel, client and connect'
const OF_SENTINEL = ['name', 'urls', 'username', 'password', 'db']

/**
 * Returns a copy, in which each option was read once. Throws a TypeError that names the option at fault. It never
 * quotes a value: one may hold a password.
 */
export function checkOptions(given: RedisAdapterOptions): RedisAdapterOptions {
  const options = readOnce(given)
  if (options === undefined) {
    const ways = '{ url }, { urls }, { sentinel }, { client } or { connect }'
    throw new TypeError(`redisAdapter takes an object of options: ${ways}`)
  }
  const unknown = Object.keys(options).find((option) => !KNOWN.includes(option))
  if (unknown !== undefined) {
    // With a misspelt `url` the Redis of this machine would be used silently.
    const hint = IN_URL.includes(unknown) ? ': it is part of the url, redis://user:password@host:port/db' : ''
    throw new TypeError(`redisAdapter has no option ${JSON.stringify(unknown)}${hint}; it takes ${KNOWN.join(', ')}`)
  }
  const { prefix, url, urls, sentinel, client, connect, durability, tls } = options
  if (durability !== undefined) checkDurability(durability)
  if (prefix !== undefined && (typeof prefix !== 'string' || !PREFIX.test(prefix))) {
    throw new TypeError('prefix must be 1–64 characters of A–Z a–z 0–9 . _ -')
  }
  const ways = WAYS.filter((way) => options[way] !== undefined)
  if (ways.length > 1) throw new TypeError(`redisAdapter takes one of ${LIST}, not several`)
  if (ways.length === 0) {
    // An environment variable that is not set must not select the Redis of this machine.
    const unset = 'url' in options ? ' url is undefined: is the variable set that it comes from?' : ''
    throw new TypeError(`redisAdapter needs one of ${LIST}.${unset}`)
  }
  if (url !== undefined && (typeof url !== 'string' || url === ''))
    throw new TypeError('url must be a string, not empty')
  if (urls !== undefined && !areTexts(urls)) throw new TypeError('urls must be an array of strings, not empty')
  if (sentinel !== undefined) checkSentinel(sentinel)
  if (tls !== undefined) checkTls(tls, url ?? urls ?? sentinel)
  if (connect !== undefined && typeof connect !== 'function') {
    throw new TypeError('connect must be a function that returns a client')
  }
  if (client !== undefined) checkClient(client)
  return options
}

/** Undefined: not an object, or none that can be read. */
function readOnce(given: RedisAdapterOptions): RedisAdapterOptions | undefined {
  try {
    if (typeof given !== 'object' || given === null) return undefined
    const { ...options } = given as Record<string, unknown>
    for (const [name, value] of Object.entries(options)) {
      if (name === 'urls' && Array.isArray(value)) options[name] = [...(value as unknown[])]
      else if (OBJECTS.includes(name) && typeof value === 'object' && value !== null) options[name] = { ...value }
    }
    return options as unknown as RedisAdapterOptions
  } catch {
    return undefined
  }
}

function checkClient(client: LendableClient): void {
  let status: unknown
  let keyPrefix: unknown
  try {
    if (typeof client.call !== 'function' || typeof client.duplicate !== 'function') throw new TypeError('it is none')
    status = client.status
    keyPrefix = client.options?.keyPrefix
  } catch {
    throw new TypeError('client must be a client of ioredis')
  }
  if (status === 'end') throw new TypeError('client is closed: lend one that is open')
  if (keyPrefix) {
    throw new TypeError('a client with a keyPrefix cannot be lent: scripts would get other keys. Use prefix instead')
  }
}

function checkTls(tls: object, ofUrl: unknown): void {
  if (ofUrl === undefined) throw new TypeError('tls goes with url, urls or sentinel: a client has options of its own')
  if (typeof tls !== 'object' || tls === null)
    throw new TypeError('tls must be an object, as tls.connect of Node takes it')
  const unknown = Object.keys(tls).find((option) => !OF_TLS.includes(option))
  if (unknown !== undefined) {
    throw new TypeError(`tls has no option ${JSON.stringify(unknown)}; it takes ${OF_TLS.join(', ')}`)
  }
}

function checkSentinel(sentinel: SentinelOptions): void {
  if (typeof sentinel !== 'object' || sentinel === null)
    throw new TypeError('sentinel must be an object: { name, urls }')
  const unknown = Object.keys(sentinel).find((option) => !OF_SENTINEL.includes(option))
  if (unknown !== undefined) {
    throw new TypeError(`sentinel has no option ${JSON.stringify(unknown)}; it takes ${OF_SENTINEL.join(', ')}`)
  }
  const { name, urls, username = '', password = '', db = 0 } = sentinel
  if (typeof name !== 'string' || name === '') throw new TypeError('sentinel.name must be the name of the master')
  if (!areTexts(urls)) throw new TypeError('sentinel.urls must be an array of strings, not empty')
  if (typeof username !== 'string') throw new TypeError('sentinel.username must be a string')
  if (typeof password !== 'string') throw new TypeError('sentinel.password must be a string')
  if (!Number.isSafeInteger(db) || db < 0) throw new TypeError('sentinel.db must be the number of a database')
}

function areTexts(urls: unknown): boolean {
  return Array.isArray(urls) && urls.length > 0 && urls.every((each) => typeof each === 'string')
}

function checkDurability(durability: Durability): void {
  if (typeof durability !== 'object' || durability === null) {
    throw new TypeError('durability must be an object: { replicas, timeoutMs }')
  }
  const unknown = Object.keys(durability).find((option) => option !== 'replicas' && option !== 'timeoutMs')
  if (unknown !== undefined) throw new TypeError(`durability has no option ${JSON.stringify(unknown)}`)
  checkRange('durability.replicas', durability.replicas, 16)
  if (durability.timeoutMs !== undefined) checkRange('durability.timeoutMs', durability.timeoutMs, 4_000)
}

function checkRange(option: string, value: unknown, most: number): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return
  throw new TypeError(`${option} must be a whole number from 1 to ${most}`)
}
