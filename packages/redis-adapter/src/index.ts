export { redisAdapter } from './redis-adapter.ts'
export type { RedisAdapterOptions } from './options.ts'
export type { LendableClient, RedisClient, Role } from './client.ts'
export type { Durability, SentinelOptions, TlsOptions } from './options.ts'
