import type { LendableClient, RedisClient, Role } from '../client.ts'
import { isCluster } from '../cluster-client.ts'
import { nodesOf } from '../cluster/given-cluster.ts'
import type { NodeSource } from '../cluster/node-source.ts'
import { discard } from '../end-client.ts'
import type { Source } from './source.ts'

/** A client that a program lends. Of a Cluster only its nodes and options are used. */
export function lentSource(client: LendableClient): Source {
  const nodes = isCluster(client) ? nodesOf(client) : undefined
  return {
    target: 'a lent client',
    make: (role) => (nodes ? undefined : role === 'command' ? client : client.duplicate()),
    owns: (role) => nodes !== undefined || role !== 'command',
    nodes,
    roam: () => undefined,
    stay: () => undefined,
  }
}

/** Clients that a program makes. The first Cluster ends at once: only its nodes and options are used. */
export function connectSource(connect: (role: Role) => RedisClient): Source {
  let nodes: NodeSource | undefined
  return {
    target: 'a client of yours',
    make(role) {
      if (nodes) return undefined
      const made = connect(role)
      if (!isCluster(made)) return made
      // Without a listener ioredis prints errors.
      made.on('error', () => undefined)
      try {
        nodes = nodesOf(made)
      } finally {
        discard(made)
      }
      return undefined
    },
    owns: () => true,
    get nodes() {
      return nodes
    },
    roam: () => undefined,
    stay: () => undefined,
  }
}
