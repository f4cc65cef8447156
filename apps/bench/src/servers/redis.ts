import { startRedis } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { RedisMeter } from '../meters/redis-meter.ts'
import type { Durability, Server } from './server.ts'

const ARGS: Readonly<Record<Durability, readonly string[]>> = {
  none: [],
  '1s': ['--appendonly', 'yes', '--appendfsync', 'everysec'],
  fsync: ['--appendonly', 'yes', '--appendfsync', 'always'],
}

/** An AOF is not rewritten meanwhile: a run is short, and a rewrite would fall into one cell and not into another. */
const NO_REWRITE = ['--auto-aof-rewrite-percentage', '0']

export const redis: Server = {
  name: 'redis',
  settings: { none: 'no persistence', '1s': 'AOF, `appendfsync everysec`', fsync: 'AOF, `appendfsync always`' },
  async start(durability) {
    const server = await startRedis({ args: [...ARGS[durability], ...NO_REWRITE] })
    return {
      place: { url: server.url, pid: server.pid, directory: server.directory },
      title: await titleOf(server.url),
      [Symbol.asyncDispose]: () => server.stop(),
    }
  },
  connectMeter: ({ url }) => RedisMeter.connect(url),
}

async function titleOf(url: string): Promise<string> {
  const client = new Redis(url, { lazyConnect: true })
  await client.connect()
  const info = await client.info('server')
  client.disconnect()
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
  return valkey ? `Valkey ${valkey}` : `Redis ${/^redis_version:(\S+)/m.exec(info)?.[1]}`
}
