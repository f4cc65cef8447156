import { freePort } from '@mq/redis-server'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { processMeter } from '../meters/process-meter.ts'
import { unpackedPackages } from './debian-packages.ts'
import { accepts } from './accepts.ts'
import { GuardedProcess } from './guarded-process.ts'
import { privateDirectory } from './private-directory.ts'
import type { Durability, Server } from './server.ts'

/** Debian 12 has 2.9, which cannot be told to sync more often than every two minutes; this one runs there as well. */
const SUITE = 'trixie'

const SYNC: Readonly<Record<Durability, string>> = { none: '2m', '1s': '1s', fsync: 'always' }

/** JetStream, of one server alone. The kind of storage is the stream's, so the contender reads it in the URL. */
export const nats: Server = {
  name: 'nats',
  settings: {
    none: 'streams in memory',
    '1s': 'streams in files, `sync_interval: 1s`',
    fsync: 'streams in files, `sync_interval: always`',
  },
  async start(durability) {
    const home = await unpackedPackages('nats', ['nats-server'], SUITE)
    const directory = await privateDirectory('nats')
    const port = await freePort()
    const config = join(directory, 'nats.conf')
    await writeFile(
      config,
      [
        `listen: "127.0.0.1:${port}"`,
        `jetstream { store_dir: "${directory}", sync_interval: "${SYNC[durability]}" }`,
        '',
      ].join('\n'),
    )
    const server = await GuardedProcess.start({
      command: join(home, 'usr', 'sbin', 'nats-server'),
      args: ['-c', config],
      directory,
      stopSignal: 'SIGTERM',
      ready: () => accepts(port),
    })
    const storage = durability === 'none' ? 'memory' : 'file'
    const url = `nats://127.0.0.1:${port}?storage=${storage}`
    const connection = await connect({ servers: new URL(url).host })
    const version = connection.info?.version
    await connection.close()
    return {
      place: { url, pid: server.pid, directory },
      title: `NATS ${version}`,
      [Symbol.asyncDispose]: () => server.stop(),
    }
  },
  async connectMeter({ url, pid, directory }) {
    const connection = await connect({ servers: new URL(url).host })
    const manager = await jetstreamManager(connection)
    return processMeter({
      pid: pid!,
      directory,
      flush: async () => {
        for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name)
      },
      close: () => connection.close(),
    })
  },
}
