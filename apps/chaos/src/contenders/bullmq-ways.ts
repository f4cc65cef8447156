import { Cluster, Redis } from 'ioredis'
import type { ConnectionOptions } from 'bullmq'
import type { Place } from '../place.ts'
import { QUEUE } from './contender.ts'

export interface BullWays {
  readonly options: { readonly connection: ConnectionOptions; readonly prefix?: string }
  /** BullMQ closes what it made itself. */
  end(): void
}

/** As its manual says: all keys of a queue in one slot; and it hears of a failover from the sentinels. */
export function bullWaysTo({ url, isCluster, sentinel }: Place): BullWays {
  if (sentinel) return watchedWays(sentinel)
  if (!isCluster) return { options: { connection: { url } }, end: () => undefined }
  const cluster = new Cluster([addressOf(url)], { redisOptions: { maxRetriesPerRequest: null } })
  cluster.on('error', () => undefined) // its user hears of it, too
  return { options: { connection: cluster, prefix: `{${QUEUE}}` }, end: () => cluster.disconnect() }
}

/** `quit`, with which BullMQ ends clients, leaves those of a detector open, and so the process. */
function watchedWays({ name, urls }: NonNullable<Place['sentinel']>): BullWays {
  const clients = [
    new Redis({ name, sentinels: urls.map(addressOf), failoverDetector: true, maxRetriesPerRequest: null }),
  ]
  const [client] = clients as [Redis]
  const duplicate = client.duplicate.bind(client)
  client.duplicate = (override) => {
    const made = duplicate(override)
    clients.push(made)
    return made
  }
  client.on('error', () => undefined) // its user hears of it, too
  return { options: { connection: client }, end: () => clients.forEach((each) => each.disconnect()) }
}

function addressOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}
