import { findRedis } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Sentinel extends AsyncDisposable {
  readonly port: number
}

/** A sentinel that watches one master, under the name `shop`. */
export async function startSentinel(masterPort: number): Promise<Sentinel> {
  const binary = await findRedis()
  const directory = await mkdtemp(join(tmpdir(), 'mq-sentinel-'))
  const port = await freePort()
  const config = join(directory, 'sentinel.conf')
  await writeFile(config, `port ${port}\nbind 127.0.0.1\nsentinel monitor shop 127.0.0.1 ${masterPort} 1\n`)
  const child = spawn(binary.path, [config, '--sentinel'], {
    stdio: 'ignore',
    env: binary.libraries ? { ...process.env, LD_LIBRARY_PATH: binary.libraries } : process.env,
  })
  const probe = new Redis({ port, retryStrategy: () => 20, maxRetriesPerRequest: null })
  probe.on('error', () => {}) // not listening yet
  await probe.ping()
  probe.disconnect()
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
