import type { RedisClient } from '../client.ts'
import { strictClient } from '../strict-client.ts'
import type { ServerAddress } from '../parse-url.ts'
import type { NodeAddress } from './node-address.ts'

/** How this process reaches the nodes of a cluster. */
export interface NodeSource {
  /** Where it begins to look. */
  readonly seeds: readonly NodeAddress[]
  /** `once`: it ends when the connection does, and another node is tried. */
  readonly make: (address: NodeAddress, once: boolean) => RedisClient
  /** Where a node is reached that calls itself so. */
  readonly locate: (address: NodeAddress) => NodeAddress
}

/** `login`: what all nodes have in common. */
export function nodeSource(login: Omit<ServerAddress, 'host' | 'port'>, seeds: readonly NodeAddress[]): NodeSource {
  return {
    seeds,
    make: (address, once) => strictClient({ ...login, ...address }, () => once),
    locate: (address) => address,
  }
}
