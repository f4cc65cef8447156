import type { Environment } from '@mq/core/adapter'
import type { RedisClient, Role } from './client.ts'

export interface LinkParts {
  readonly role: Role
  /** For logs: the address, without a password. */
  readonly target: string
  readonly make: () => RedisClient
  /** False for a lent client: it is neither replaced nor closed. */
  readonly owned: boolean
  readonly environment: Environment
  /** Called on every connection before the link counts as up. An error `server-unsupported` is final. */
  readonly prepare: (client: RedisClient) => Promise<void>
  readonly onUp?: (() => void) | undefined
}
