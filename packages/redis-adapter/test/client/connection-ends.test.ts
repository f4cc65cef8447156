// A connection that is given up is ended in a timer, where an exception ends the process. Each kind of socket ends in its own way.
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { once } from 'node:events'
import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { RedisAdapterOptions, RedisClient } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it } from 'vitest'
import { discard } from '../../src/end-client.ts'
import { createCertificate } from '../lab/certificate.ts'
import { eventually } from '../lab/eventually.ts'

const directory = await mkdtemp(join(tmpdir(), 'mq-ends-'))
const { cert, key, certFile, keyFile } = createCertificate(directory)
const server = await startRedis()

afterAll(async () => {
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

/** Of a server with a TLS port of its own, and a socket at `path`. */
const ways: Record<string, (plain: RedisServer, tlsPort: number, path: string) => RedisAdapterOptions> = {
  'over TCP': ({ url }) => ({ url }),
  'over TLS': (_, port) => ({ connect: () => new Redis({ port, tls: { ca: cert } }) as RedisClient }),
  'on a Unix socket': (_, __, path) => ({ url: `unix://${path}` }),
  'on a Unix socket of a database': (_, __, path) => ({ url: `redis+unix://${path}?db=3` }),
}

/** On the first port from here on that is free: below those of test servers, and of outgoing connections. */
async function openTls({ url, port }: RedisServer): Promise<number> {
  const admin = new Redis(url)
  try {
    for (let tlsPort = 11_000 + (port % 900); ; tlsPort++) {
      const opening = admin.config('SET', 'tls-port', String(tlsPort))
      const refusal = await opening.then(
        () => undefined,
        (thrown: Error) => thrown,
      )
      if (refusal === undefined) return tlsPort
      if (!refusal.message.includes('Unable to listen')) throw refusal
    }
  } finally {
    admin.disconnect()
  }
}

it.concurrent.each(Object.entries(ways))(
  '%s: a server that stops answering is survived, and used again',
  async (way, optionsOf) => {
    const path = join(directory, `${Object.keys(ways).indexOf(way)}.sock`)
    const tlsArgs = `--tls-port 0 --tls-cert-file ${certFile} --tls-key-file ${keyFile} --tls-ca-cert-file ${certFile}`
    const own = await startRedis({ args: [...tlsArgs.split(' '), '--tls-auth-clients', 'no', '--unixsocket', path] })
    const tlsPort = await openTls(own)
    const options = optionsOf(own, tlsPort, path)
    const broker = createBroker(redisAdapter(options), { logger: silentLogger, operationTimeoutMs: 6_000 })
    try {
      await broker.ready({ timeoutMs: 20_000 })
      const queue = broker.queue('ends')
      const worker = queue.process((payload) => payload)
      expect(await (await queue.enqueue(1)).result({ timeoutMs: 10_000 })).toBe(1)
      own.pause()
      try {
        // vitest fails the run for an exception that nobody caught.
        await expect(queue.enqueue(2)).rejects.toMatchObject({ code: 'unavailable' })
      } finally {
        own.resume()
      }
      await eventually(() => queue.enqueue(3).then((task) => task.result({ timeoutMs: 10_000 })), 'a result')
      await worker.close()
    } finally {
      await broker.close()
      await own.stop()
    }
  },
)

describe('a client that is discarded', () => {
  const listening = async (made: Server, ...where: [number, string] | [string]): Promise<Server> => {
    made.on('connection', (socket: Socket) => socket.on('error', () => socket.destroy()))
    made.listen(...(where as [number, string]))
    await once(made, 'listening')
    return made
  }
  const sockets: Record<string, () => Promise<{ readonly socket: Socket; readonly server?: Server | undefined }>> = {
    'on TCP': async () => {
      const made = await listening(createServer(), 0, '127.0.0.1')
      const socket = createConnection((made.address() as { port: number }).port, '127.0.0.1')
      await once(socket, 'connect')
      return { socket, server: made }
    },
    'on TCP that is still connecting': async () => ({ socket: createConnection(1, '127.0.0.1') }),
    'on TLS': async () => {
      const made = await listening(createTlsServer({ cert, key }), 0, '127.0.0.1')
      const socket = connectTls({ port: (made.address() as { port: number }).port, ca: cert })
      await once(socket, 'secureConnect')
      return { socket, server: made }
    },
    'on TLS that does not shake hands': async () => {
      const made = await listening(createServer(), 0, '127.0.0.1')
      const socket = connectTls({ port: (made.address() as { port: number }).port })
      await once(socket, 'connect')
      return { socket, server: made }
    },
    'on a Unix socket': async () => {
      const path = join(directory, 'plain.sock')
      const made = await listening(createServer(), path)
      const socket = createConnection(path)
      await once(socket, 'connect')
      return { socket, server: made }
    },
    twice: async () => {
      const socket = createConnection(1, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.destroy()
      return { socket }
    },
  }

  it.each(Object.entries(sockets))('%s is closed, and nothing is thrown', async (_kind, open) => {
    const { socket, server: peer } = await open()
    socket.on('error', () => undefined)
    discard({ stream: socket, disconnect: () => socket.end() } as unknown as RedisClient)
    await eventually(() => socket.destroyed, 'an end of the socket')
    peer?.close()
  })

  const hostile = (): never => {
    throw new Error('a field that cannot be read')
  }
  it.each([
    ['with a disconnect that throws', { disconnect: hostile }],
    ['without any of its functions', {}],
    ['with a stream that cannot be read', Object.defineProperty({ disconnect: hostile }, 'stream', { get: hostile })],
    ['with nodes that throw', { nodes: hostile, disconnect: hostile }],
  ])('%s does no harm', (_kind, client) => {
    expect(() => discard(client as unknown as RedisClient)).not.toThrow()
  })
})

describe('a client that its program cannot make', () => {
  it('is logged with the reason, and tried again', async () => {
    let tries = 0
    const connect = (): RedisClient => {
      tries++
      if (tries <= 2) throw new Error('no secret store yet')
      if (tries <= 4) return {} as RedisClient
      return new Redis(server.url) as RedisClient
    }
    const logged: unknown[] = []
    const warn = (fields: unknown): void => void logged.push(fields)
    const broker = createBroker(redisAdapter({ connect }), { logger: { ...silentLogger, warn } })
    await broker.ready({ timeoutMs: 20_000 })
    expect(JSON.stringify(logged)).toContain('no secret store yet')
    await broker.close()
  })
})
