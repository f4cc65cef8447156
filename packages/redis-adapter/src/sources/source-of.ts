import type { RedisAdapterOptions } from '../options.ts'
import { connectSource, lentSource } from './given-source.ts'
import { sentinelSource } from './sentinel-source.ts'
import type { Source } from './source.ts'
import { urlSource, urlsSource } from './url-source.ts'

/** Throws `invalid-options` for a url that cannot be read. No I/O. */
export function sourceOf({ url, urls, sentinel, client, connect, tls }: RedisAdapterOptions): Source {
  if (client) return lentSource(client)
  if (connect) return connectSource(connect)
  if (sentinel) return sentinelSource(sentinel, tls)
  return urls ? urlsSource(urls, tls) : urlSource(url ?? '', tls)
}
