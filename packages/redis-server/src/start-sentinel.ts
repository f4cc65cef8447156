import type { RedisServer } from './redis-server.ts'
import { startRedis, type RedisOptions } from './start-redis.ts'

export interface SentinelOptions extends Pick<RedisOptions, 'binary'> {
  /** The name under which it knows the master. */
  readonly name: string
  readonly masterPort: number
  /** After which a silent master is replaced. Default 30 s, as Redis has it. */
  readonly downAfterMs?: number | undefined
  /** How many sentinels have to agree that it is silent. By default this one decides alone. */
  readonly quorum?: number | undefined
}

/** Starts a sentinel of one master on loopback. It ends as a server of `startRedis()` does. */
export async function startSentinel({
  name,
  masterPort,
  downAfterMs = 30_000,
  quorum = 1,
  binary,
}: SentinelOptions): Promise<RedisServer> {
  const config = [
    `sentinel monitor ${name} 127.0.0.1 ${masterPort} ${quorum}`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} 10000`,
    '',
  ].join('\n')
  return startRedis({ binary, config, args: ['--sentinel'] })
}
