import { freePort } from '@mq/redis-server'
import { connect } from 'amqplib'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { processMeter } from '../meters/process-meter.ts'
import { libraryPath, unpackedPackages } from './debian-packages.ts'
import { GuardedProcess } from './guarded-process.ts'
import { privateDirectory } from './private-directory.ts'
import type { Server } from './server.ts'

const ERLANG = [
  ...['asn1', 'base', 'crypto', 'eldap', 'ftp', 'inets', 'mnesia', 'os-mon', 'parsetools', 'public-key'],
  ...['runtime-tools', 'snmp', 'ssl', 'syntax-tools', 'tftp', 'tools', 'xmerl'],
].map((name) => `erlang-${name}`)

/** The queue that the contenders declare. */
export const QUEUE = 'bench'

export const rabbitmq: Server = {
  name: 'rabbitmq',
  // What is kept is the queue's kind.
  settings: { none: 'one node, defaults', fsync: 'one node, defaults' },
  lacks: {
    '1s': 'a quorum queue waits for the disk at each confirmation, and no other kind of queue has a bound of about a second',
  },
  async start() {
    const home = await unpackedPackages('rabbitmq', ['rabbitmq-server', ...ERLANG])
    const directory = await privateDirectory('rabbitmq')
    const [port, mapper, distribution] = [await freePort(), await freePort(), await freePort()]
    const erlang = await erlangIn(home, directory)
    const lib = join(home, 'usr', 'lib', 'rabbitmq', 'lib')
    const [version] = await readdir(lib)
    await writeFile(join(directory, 'rabbitmq.conf'), `listeners.tcp.local = 127.0.0.1:${port}\n`)
    await writeFile(join(directory, 'enabled_plugins'), '[].\n')
    const program = join(lib, version!, 'sbin', 'rabbitmq-server')
    // Erlang's port mapper would be a daemon that nobody ends: here it lives as long as the server.
    const command = [
      `PATH='${directory}':$PATH`,
      `'${join(erlang.programs, 'epmd')}' -port ${mapper} & mapper=$!`,
      `'${program}' & server=$!`,
      `trap 'kill -TERM $server' TERM`,
      'while kill -0 $server 2>/dev/null; do wait $server; done',
      'kill $mapper; wait $mapper',
    ].join('\n')
    const url = `amqp://guest:guest@127.0.0.1:${port}`
    const server = await GuardedProcess.start({
      command: 'sh',
      args: ['-c', command],
      env: {
        LD_LIBRARY_PATH: await libraryPath(home),
        HOME: directory,
        ERL_EPMD_PORT: String(mapper),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        RABBITMQ_NODENAME: 'bench@localhost',
        RABBITMQ_DIST_PORT: String(distribution),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
        RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
        RABBITMQ_LOG_BASE: join(directory, 'log'),
        RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
        RABBITMQ_CONF_ENV_FILE: join(directory, 'none'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
        RABBITMQ_PLUGINS_DIR: join(lib, version!, 'plugins'),
      },
      directory,
      stopSignal: 'SIGTERM',
      ready: async () => (await connect(url)).close(),
    })
    return {
      place: { url, pid: server.pid, directory },
      title: `RabbitMQ ${version!.split('-')[1]}`,
      [Symbol.asyncDispose]: () => server.stop(),
    }
  },

  async connectMeter({ url, pid, directory }) {
    const connection = await connect(url)
    const channel = await connection.createChannel()
    return processMeter({
      pid: pid!,
      directory,
      flush: async () => void (await channel.deleteQueue(QUEUE)),
      close: () => connection.close(),
    })
  },
}

/** Erlang with its own `erl`: Debian's knows one place only. */
async function erlangIn(home: string, directory: string): Promise<{ readonly programs: string }> {
  const root = join(home, 'usr', 'lib', 'erlang')
  const runtime = (await readdir(root)).find((name) => name.startsWith('erts-'))
  const programs = join(root, runtime!, 'bin')
  const variables = `ROOTDIR='${root}' BINDIR='${programs}' EMU=beam PROGNAME=erl`
  const path = join(directory, 'erl')
  await writeFile(path, `#!/bin/sh\nexport ${variables}\nexec '${programs}/erlexec' "$@"\n`)
  await chmod(path, 0o755)
  return { programs }
}
