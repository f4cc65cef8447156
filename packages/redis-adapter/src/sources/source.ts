import type { RedisClient, Role } from '../client.ts'
import type { NodeSource } from '../cluster/node-source.ts'

/** Where clients come from. */
export interface Source {
  /** For logs: their address. */
  readonly target: string
  /** Undefined where only the nodes of a cluster are known. May throw what a program's own code throws. */
  make(role: Role): RedisClient | undefined
  /** False for a lent client. */
  owns(role: Role): boolean
  /** How the nodes are reached, should it be a cluster; undefined where that is not known. */
  readonly nodes: NodeSource | undefined
  /** It is a cluster: from now on nothing of it is one server alone. */
  roam(): void
  /** Throws where what was given does not go with a server alone. */
  stay(): void
}
