import type { RedisAdapterOptions } from '@mq/redis-adapter'
import type { Place } from '../place.ts'

/** As mq is told of it. */
export function waysTo({ url, sentinel, durability }: Place): RedisAdapterOptions {
  return sentinel ? { sentinel, durability } : { url, durability }
}
