// Whoever waits for the storage hears why it is not there: `ready({ timeoutMs })` says what the connection has met.
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createTlsServer } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { createBroker, MqError, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import type { RedisClient } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { afterAll, describe, expect, it } from 'vitest'
import { createCertificate } from '../lab/certificate.ts'
import { eventually } from '../lab/eventually.ts'

const directory = await mkdtemp(join(tmpdir(), 'mq-reasons-'))
const { cert, key } = createCertificate(directory)
const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends) await end()
  await rm(directory, { recursive: true, force: true })
})

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => void sockets.add(socket.on('error', () => undefined)))
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function redis(...args: string[]): Promise<number> {
  const server = await startRedis({ args })
  ends.push(() => server.stop())
  return server.port
}

/** As a program would hear it that asks again and again. */
async function reasonOf(options: Parameters<typeof redisAdapter>[0], expected: RegExp): Promise<MqError> {
  const broker = createBroker(redisAdapter(options), { logger: silentLogger })
  try {
    return await eventually(
      async () => {
        const error = await broker.ready({ timeoutMs: 100 }).catch((thrown: unknown) => thrown)
        return MqError.is(error) && expected.test(error.message) && error
      },
      `the reason ${String(expected)}`,
    )
  } finally {
    await broker.close({ deadlineMs: 10 })
  }
}

describe('ready() names, when its time is over,', () => {
  it.each<[string, RegExp, () => Promise<Parameters<typeof redisAdapter>[0]>]>([
    ['a port on which nobody listens', /ECONNREFUSED/, async () => ({ url: 'redis://127.0.0.1:1' })],
    ['a name without an address', /ENOTFOUND|EAI_AGAIN/, async () => ({ url: 'redis://nowhere.invalid' })],
    ['a socket that is not there', /ENOENT/, async () => ({ url: `unix://${directory}/nowhere.sock` })],
    [
      'an authority that it does not know',
      /self-signed certificate/,
      async () => ({ url: `rediss://127.0.0.1:${await portOf(createTlsServer({ cert, key }))}` }),
    ],
    ['TLS to a port without it', /does not answer TLS/, async () => ({ url: `rediss://127.0.0.1:${await redis()}` })],
    [
      'a port with TLS, used without',
      /does not answer as Redis does|connection was closed|ECONNRESET/,
      async () => ({ url: `redis://127.0.0.1:${await portOf(createTlsServer({ cert, key }))}` }),
    ],
    [
      'a port of something else',
      /does not answer as Redis does/,
      async () => ({ url: `redis://127.0.0.1:${await portOf(createHttpServer())}` }),
    ],
    [
      'a server that says nothing',
      /answers no command/,
      async () => ({ url: `redis://127.0.0.1:${await portOf(createServer())}` }),
    ],
    [
      'a client that cannot be made',
      /no secret store/,
      async () => ({
        connect: (): RedisClient => {
          throw new Error('no secret store')
        },
      }),
    ],
  ])('%s', async (_what, expected, open) => {
    const error = await reasonOf(await open(), expected)
    expect(error).toMatchObject({ code: 'wait-timeout', cause: { code: 'unavailable' } })
  })

  it('a server that has too many clients, and is used when it has room', async () => {
    const port = await redis('--maxclients', '3')
    const others = Array.from({ length: 3 }, () => createConnection(port, '127.0.0.1').on('error', () => undefined))
    await Promise.all(others.map((socket) => once(socket, 'connect')))
    const broker = createBroker(redisAdapter({ url: `redis://127.0.0.1:${port}` }), { logger: silentLogger })
    await eventually(async () => {
      const error = await broker.ready({ timeoutMs: 100 }).catch(String)
      return String(error).includes('max number of clients')
    }, 'the reason')
    for (const socket of others) socket.destroy()
    await broker.ready({ timeoutMs: 20_000 })
    await broker.close()
  })
})

describe('a user who may not do something', () => {
  it.each<[string, string[], RegExp]>([
    ['INFO', ['-info'], /'?info'? command/],
    ['scripts', ['-evalsha', '-eval'], /'?eval(sha)?'? command/],
    ['a command of a script', ['-hset'], /HSET/],
  ])('%s is refused with the command and the user', async (_what, rights, expected) => {
    const port = await redis('--user', 'app', 'on', '>pw', '~*', '&*', '+@all', ...rights)
    const broker = createBroker(redisAdapter({ url: `redis://app:pw@127.0.0.1:${port}` }), { logger: silentLogger })
    const error = await broker
      .queue('denied')
      .enqueue(1)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'server-unsupported' })
    expect(String(error)).toMatch(expected)
    expect(String(error)).toContain('app')
    await broker.close()
  })
})
