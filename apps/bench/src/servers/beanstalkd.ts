import { freePort } from '@mq/redis-server'
import type { JackdClient } from 'jackd'
import { join } from 'node:path'
import { processMeter } from '../meters/process-meter.ts'
import { libraryPath, run, unpackedPackages } from './debian-packages.ts'
import { accepts } from './accepts.ts'
import { GuardedProcess } from './guarded-process.ts'
import { Jackd } from './jackd.ts'
import { privateDirectory } from './private-directory.ts'
import type { Durability, Server } from './server.ts'

/** The tube that the contender uses. */
export const TUBE = 'bench'

const LARGEST_TASK = 1_000_000

export const beanstalkd: Server = {
  name: 'beanstalkd',
  settings: { none: 'no binlog', '1s': 'a binlog, `-f 1000`', fsync: 'a binlog, `-f 0`' },
  async start(durability) {
    const home = await unpackedPackages('beanstalkd', ['beanstalkd'])
    const libraries = await libraryPath(home)
    const directory = await privateDirectory('beanstalkd')
    const port = await freePort()
    const program = join(home, 'usr', 'bin', 'beanstalkd')
    const binlog: Record<Durability, string[]> = {
      none: [],
      '1s': ['-b', directory, '-f', '1000'],
      fsync: ['-b', directory, '-f', '0'],
    }
    const server = await GuardedProcess.start({
      command: program,
      args: ['-l', '127.0.0.1', '-p', String(port), '-z', String(LARGEST_TASK), ...binlog[durability]],
      env: { LD_LIBRARY_PATH: libraries },
      directory,
      stopSignal: 'SIGTERM',
      ready: () => accepts(port),
    })
    return {
      place: { url: `beanstalkd://127.0.0.1:${port}`, pid: server.pid, directory },
      title: (await run(program, ['-v'])).trim(),
      [Symbol.asyncDispose]: () => server.stop(),
    }
  },
  async connectMeter({ url, pid, directory }) {
    const port = Number(new URL(url).port)
    return processMeter({ pid: pid!, directory, flush: () => drain(port) })
  },
}

const CONNECTIONS = 50

/** There is no command that empties a tube, and the client takes one reservation at a time. */
async function drain(port: number): Promise<void> {
  const first = await connect(port)
  // One looks whether there is anything at all, before there are many.
  if (await drainOne(first)) await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(port).then(drainAll)))
  await first.quit()
}

async function connect(port: number): Promise<JackdClient> {
  const client = await new Jackd().connect({ host: '127.0.0.1', port })
  await client.watch(TUBE)
  await client.ignore('default')
  return client
}

async function drainAll(client: JackdClient): Promise<void> {
  while (await drainOne(client)) {
    // until there is none
  }
  await client.quit()
}

async function drainOne(client: JackdClient): Promise<boolean> {
  const job = await client.reserveWithTimeout(0).catch((error: Error) => {
    if (!error.message.includes('TIMED_OUT')) throw error
    return undefined
  })
  if (job !== undefined) await client.delete(job.id)
  return job !== undefined
}
