import type { RedisServer } from '@mq/redis-server'
import type { Place } from '../src/servers/server.ts'

/** For `measure`: where a Redis of the test's own is. */
export function placeOf({ url, pid, directory }: RedisServer): Place {
  return { url, pid, directory }
}
