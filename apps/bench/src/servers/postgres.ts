import { freePort } from '@mq/redis-server'
import { chown } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { processMeter } from '../meters/process-meter.ts'
import { libraryPath, run, unpackedPackages } from './debian-packages.ts'
import { GuardedProcess } from './guarded-process.ts'
import { privateDirectory } from './private-directory.ts'
import type { Durability, Server } from './server.ts'

const PACKAGES = ['postgresql-15', 'postgresql-client-15', 'libpq5']
const NOBODY = 65_534
/** PostgreSQL refuses to run as root. */
const AS_NOBODY = ['--reuid=nobody', '--regid=nogroup', '--clear-groups']
/** Where the contenders keep their tables. */
const SCHEMAS = ['pgboss', 'graphile_worker']

const COMMITS: Readonly<Record<Durability, Readonly<Record<string, string>>>> = {
  none: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  // What is lost is at most three times this.
  '1s': { synchronous_commit: 'off', wal_writer_delay: '333ms' },
  fsync: { synchronous_commit: 'on' },
}

/** As the manual advises for a small machine of its own; checkpoints far enough apart to fall into no cell. */
const SETTINGS = {
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  wal_compression: 'lz4',
  max_connections: '200',
  jit: 'off',
}

export const postgres: Server = {
  name: 'postgres',
  settings: {
    none: '`fsync=off`, `synchronous_commit=off`, `full_page_writes=off`',
    '1s': '`synchronous_commit=off`, `wal_writer_delay=333ms`',
    fsync: '`synchronous_commit=on`',
  },
  async start(durability) {
    const home = await unpackedPackages('postgresql', PACKAGES)
    const libraries = await libraryPath(home)
    const programs = join(home, 'usr', 'lib', 'postgresql', '15', 'bin')
    const directory = await privateDirectory('postgres')
    const asRoot = userInfo().uid === 0
    if (asRoot) await chown(directory, NOBODY, NOBODY)
    const data = join(directory, 'data')
    const port = await freePort()
    const launched = (program: string, args: readonly string[]): [string, string[]] => {
      const command = [`LD_LIBRARY_PATH=${libraries}`, join(programs, program), ...args]
      return asRoot ? ['setpriv', [...AS_NOBODY, 'env', ...command]] : ['env', command]
    }
    await run(...launched('initdb', ['-D', data, '-U', 'mq', '--auth=trust', '-E', 'UTF8', '--no-sync']), directory)
    const settings = Object.entries({ ...SETTINGS, ...COMMITS[durability] }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ])
    const [command, args] = launched('postgres', [
      ...['-D', data, '-k', directory, '-h', '127.0.0.1', '-p', String(port)],
      ...settings,
    ])
    const url = `postgres://mq@127.0.0.1:${port}/postgres`
    const server = await GuardedProcess.start({
      command,
      args,
      directory,
      stopSignal: 'SIGINT',
      ready: () => query(url, 'SELECT 1'),
    })
    const [version] = await query(url, 'SHOW server_version')
    return {
      place: { url, pid: server.pid, directory },
      title: `PostgreSQL ${String(version?.['server_version']).split(' ')[0]}`,
      [Symbol.asyncDispose]: () => server.stop(),
    }
  },

  async connectMeter({ url, pid }) {
    const client = new pg.Client(url)
    await client.connect()
    return processMeter({
      pid: pid!,
      // Tables, with their indexes and what dead rows still take.
      heldBytes: async () =>
        Number((await client.query('SELECT pg_database_size(current_database()) AS held')).rows[0].held),
      flush: async () => {
        for (const schema of SCHEMAS) await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      },
      close: () => client.end(),
    })
  },
}

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(url)
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
