/**
 * What mq needs of an ioredis client (Redis or Cluster, version 5 or 6). Structural, so that a client of another copy
 * of ioredis fits.
 */
export interface RedisClient {
  readonly status: string
  call(command: string, args: (string | number)[]): Promise<unknown>
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  psubscribe(...patterns: string[]): Promise<unknown>
  punsubscribe(...patterns: string[]): Promise<unknown>
  ssubscribe(...channels: string[]): Promise<unknown>
  sunsubscribe(...channels: string[]): Promise<unknown>
  ping(): Promise<unknown>
  on(event: string, listener: (...args: any[]) => void): unknown
  off(event: string, listener: (...args: any[]) => void): unknown
  connect(): Promise<unknown>
  quit(): Promise<unknown>
  disconnect(): void
}

/** A client that can be lent: mq subscribes on a duplicate of it. */
export interface LendableClient extends RedisClient {
  readonly options?: { readonly keyPrefix?: string | undefined } | undefined
  duplicate(): RedisClient
}

/** What a connection is for. `replication` only with `durability`. */
export type Role = 'command' | 'subscriber' | 'replication'
