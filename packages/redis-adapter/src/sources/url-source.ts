import { MqError } from '@mq/core/adapter'
import type { NodeSource } from '../cluster/node-source.ts'
import { nodeSource } from '../cluster/node-source.ts'
import type { NodeAddress } from '../cluster/node-address.ts'
import type { TlsOptions } from '../options.ts'
import { parseUrl } from '../parse-url.ts'
import type { ServerAddress } from '../parse-url.ts'
import { strictClient } from '../strict-client.ts'
import type { Source } from './source.ts'

/** One server, or a node of a cluster: it says which. Throws `invalid-options` for a url that cannot be read. */
export function urlSource(url: string, tls: TlsOptions | undefined): Source {
  const { address, target } = parseUrl(url, tls)
  let roams = false
  return {
    target,
    make: () => (roams ? undefined : strictClient(address, () => roams)),
    owns: () => true,
    nodes: nodesAt(address),
    roam: () => void (roams = true),
    stay: () => undefined,
  }
}

/** Nodes of a cluster, any of which may be down. */
export function urlsSource(urls: readonly string[], tls: TlsOptions | undefined): Source {
  const parsed = urls.map((url) => parseUrl(url, tls))
  const [first] = parsed
  const seeds = parsed.map(({ address }) => seedOf(address))
  if (parsed.some(({ address }) => loginOf(address) !== loginOf(first!.address)) || seeds.includes(undefined)) {
    const message = 'urls must be of nodes of one cluster: hosts with the same user, password, database and scheme'
    throw new MqError('invalid-options', message, { details: { option: 'urls' } })
  }
  return {
    target: parsed.map(({ target }) => target).join(', '),
    make: () => undefined,
    owns: () => true,
    nodes: { ...nodesAt(first!.address)!, seeds: seeds as readonly NodeAddress[] },
    roam: () => undefined,
    stay() {
      if (urls.length > 1)
        throw new MqError('server-unsupported', 'urls are for a cluster, and this server is alone: use url')
    },
  }
}

/** Undefined for a Unix socket. */
function nodesAt(address: ServerAddress): NodeSource | undefined {
  const seed = seedOf(address)
  const { host: _host, port: _port, ...login } = address
  return seed && nodeSource(login, [seed])
}

function seedOf({ host, port }: ServerAddress): NodeAddress | undefined {
  return host === undefined || port === undefined ? undefined : { host, port }
}

/** To compare, never to show. */
function loginOf({ username, password, db, family, tls }: ServerAddress): string {
  return JSON.stringify([username, password, db, family, tls !== undefined])
}
