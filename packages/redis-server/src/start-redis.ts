import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRedis } from './find-redis.ts'
import type { RedisBinary } from './redis-binary.ts'
import { freePort } from './free-port.ts'
import { PortTakenError } from './redis-process.ts'
import { RedisServer } from './redis-server.ts'

/** How a server is started. Everything is optional: by default it is empty, forgets everything, and is alone. */
export interface RedisOptions {
  /** Given to redis-server after our own, so they win: `['--appendonly', 'yes']`. */
  readonly args?: readonly string[] | undefined
  /**
   * The text of a configuration file in its directory, which the server may write to, as Sentinel does. By default it
   * has none.
   */
  readonly config?: string | undefined
  /** By default a free one on loopback. */
  readonly port?: number | undefined
  /** By default a temporary one that `stop()` removes; a given one is kept. */
  readonly directory?: string | undefined
  /** By default what `findRedis()` finds. */
  readonly binary?: RedisBinary | string | undefined
}

const PORT_ATTEMPTS = 5

/** Starts a Redis server of the caller's own. It ends with `stop()`, or with this process, however that ends. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const binary = typeof options.binary === 'string' ? { path: options.binary } : (options.binary ?? (await findRedis()))
  const directory = await ownOrTemporary(options.directory)
  const config = options.config === undefined ? undefined : join(directory, 'server.conf')
  if (config !== undefined) await writeFile(config, options.config ?? '')
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort())
    const server = new RedisServer({
      binary,
      port,
      directory,
      keepDirectory: options.directory !== undefined,
      config,
      args: options.args ?? [],
    })
    try {
      await server.restart()
      return server
    } catch (error) {
      const again = error instanceof PortTakenError && options.port === undefined && attempt < PORT_ATTEMPTS
      if (again) continue // another process was faster: the directory is used for the next try
      await server.stop()
      throw error
    }
  }
}

async function ownOrTemporary(directory: string | undefined): Promise<string> {
  if (directory === undefined) return mkdtemp(join(tmpdir(), 'mq-redis-'))
  await mkdir(directory, { recursive: true })
  return directory
}
