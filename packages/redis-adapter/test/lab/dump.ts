import type { Redis } from 'ioredis'

export type Dump = Readonly<Record<string, unknown>>

/** All keys of a queue or channel with all that they hold, in a form that can be compared. */
export async function dump(redis: Redis, name: string): Promise<Dump> {
  const keys = (await redis.keys(`mq:{${name}}:*`)).sort()
  const values = await Promise.all(keys.map((key) => valueOf(redis, key)))
  return Object.fromEntries(keys.map((key, i) => [key.slice(key.indexOf('}:') + 2), values[i]]))
}

async function valueOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'hash': {
      const entries = Object.entries(await redis.hgetall(key))
      return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
    }
    case 'zset': {
      const flat = await redis.zrange(key, '0', '-1', 'WITHSCORES')
      return flat.flatMap((member, i) => (i % 2 === 0 ? [[member, flat[i + 1]]] : []))
    }
    case 'list':
      return redis.lrange(key, 0, -1)
    case 'stream':
      return redis.xrange(key, '-', '+')
    default:
      return redis.get(key)
  }
}
