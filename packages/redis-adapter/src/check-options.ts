import type { LendableClient } from './client.ts'
import type { Durability, RedisAdapterOptions } from './options.ts'

const PREFIX = /^[A-Za-z0-9._-]{1,64}$/
/** Options that ioredis and BullMQ take separately. */
const IN_URL = ['host', 'port', 'path', 'username', 'password', 'db', 'tls', 'connection', 'redis']
const KNOWN = ['prefix', 'url', 'client', 'connect', 'durability']

/**
 * Returns a copy, in which each option was read once. Throws a TypeError that names the option at fault. It never
 * quotes a value: one may hold a password.
 */
export function checkOptions(given: RedisAdapterOptions): RedisAdapterOptions {
  const options = readOnce(given)
  if (options === undefined)
    throw new TypeError('redisAdapter takes an object of options: { url }, { client } or { connect }')
  const unknown = Object.keys(options).find((option) => !KNOWN.includes(option))
  if (unknown !== undefined) {
    // With a misspelt `url` the Redis of this machine would be used silently.
    const hint = IN_URL.includes(unknown) ? ': it is part of the url, redis://user:password@host:port/db' : ''
    throw new TypeError(`redisAdapter has no option ${JSON.stringify(unknown)}${hint}; it takes ${KNOWN.join(', ')}`)
  }
  const { prefix, url, client, connect, durability } = options
  if (durability !== undefined) checkDurability(durability)
  if (prefix !== undefined && (typeof prefix !== 'string' || !PREFIX.test(prefix))) {
    throw new TypeError('prefix must be 1–64 characters of A–Z a–z 0–9 . _ -')
  }
  const ways = [url, client, connect].filter((way) => way !== undefined)
  if (ways.length > 1) throw new TypeError('redisAdapter takes one of url, client and connect, not several')
  if (ways.length === 0) {
    // An environment variable that is not set must not select the Redis of this machine.
    const unset = 'url' in options ? ' url is undefined: is the variable set that it comes from?' : ''
    throw new TypeError(`redisAdapter needs one of url, client and connect.${unset}`)
  }
  if (url !== undefined && (typeof url !== 'string' || url === ''))
    throw new TypeError('url must be a string, not empty')
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
    return { ...given, ...(given.durability ? { durability: { ...given.durability } } : undefined) }
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
