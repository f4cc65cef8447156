import { MqError } from '@mq/core/adapter'
import type { RedisClient } from '../client.ts'
import type { SentinelOptions, TlsOptions } from '../options.ts'
import { parseUrl } from '../parse-url.ts'
import { strictClient } from '../strict-client.ts'
import type { Source } from './source.ts'

/** Of a sentinel, where a url names none. */
const SENTINEL_PORT = 26_379
/** A sentinel that does not answer for so long is passed by. */
const SENTINEL_TIMEOUT_MS = 1_000

/** The master that sentinels name, whichever server that is. Throws `invalid-options` for a url that cannot be read. */
export function sentinelSource(options: SentinelOptions, tls: TlsOptions | undefined): Source {
  const { name, urls, username, password, db = 0 } = options
  const parsed = urls.map((url) => parseUrl(url, tls, SENTINEL_PORT).address)
  const [first] = parsed
  const isOne = parsed.every(
    (each) =>
      each.host !== undefined &&
      each.db === 0 &&
      each.username === first!.username &&
      each.password === first!.password &&
      (each.tls === undefined) === (first!.tls === undefined),
  )
  if (!isOne) {
    const message = 'sentinel.urls must be of hosts, with the same user, password and scheme, and no database'
    throw new MqError('invalid-options', message, { details: { option: 'sentinel.urls' } })
  }
  const make = (): RedisClient =>
    strictClient({
      name,
      sentinels: parsed.map(({ host, port }) => ({ host: host!, port: port! })),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      db,
      ...(first!.username !== undefined && { sentinelUsername: first!.username }),
      ...(first!.password !== undefined && { sentinelPassword: first!.password }),
      ...(first!.tls && { tls: first!.tls, sentinelTLS: first!.tls, enableTLSForSentinelMode: true }),
      sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
      // Without it a planned failover leaves connections at the old master for some ten seconds.
      failoverDetector: true,
    })
  return {
    target: `master ${name} of sentinels ${parsed.map(({ host, port }) => `${host!}:${port!}`).join(', ')}`,
    make,
    owns: () => true,
    nodes: undefined,
    roam: () => undefined,
    stay: () => undefined,
  }
}
