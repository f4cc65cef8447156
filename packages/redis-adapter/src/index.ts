export { redisAdapter } from './redis-adapter.ts'
export type { RedisAdapterOptions } from './redis-adapter.ts'
export type { LendableClient, RedisClient, Role } from './client.ts'
export type { Durability } from './replicas.ts'
