import type { RedisClient } from './client.ts'

/** The state of a client that is not ready and has had no error yet. For people. */
export function describeClient(client: RedisClient): string {
  const { stream } = client as { readonly stream?: { readonly connecting?: boolean; readonly encrypted?: boolean } }
  switch (client.status) {
    case 'connecting':
      if (stream?.connecting === false && stream.encrypted) {
        return 'it takes connections and does not answer TLS: a port without TLS?'
      }
      return 'nothing answers there yet'
    case 'connect':
    case 'ready':
      return 'it takes connections and answers no command'
    default:
      return 'the connection was closed'
  }
}
