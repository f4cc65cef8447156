export { startRedis, type RedisOptions } from './start-redis.ts'
export { startSentinel } from './start-sentinel.ts'
export { RedisServer } from './redis-server.ts'
export { findRedis, findValkey, type RedisBinary } from './find-redis.ts'
