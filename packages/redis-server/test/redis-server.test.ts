import { access, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort } from '../src/free-port.ts'
import { startRedis } from '../src/index.ts'
import { ask } from './raw-client.ts'

describe('a Redis server of our own', () => {
  it('answers on its own port, and is gone with its directory after stop', async () => {
    const redis = await startRedis()
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`)
    expect(await ask(redis.port, 'PING')).toBe('+PONG')

    await redis.stop()
    await expect(ask(redis.port, 'PING')).rejects.toThrow('ECONNREFUSED')
    await expect(access(redis.directory)).rejects.toThrow('ENOENT')
    expect(redis.pid).toBeUndefined()
    await expect(redis.restart()).rejects.toThrow('was stopped')
  })

  it('keeps what it had written through SIGKILL and restart, on the same port', async () => {
    await using redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    await ask(redis.port, 'SET colour green')
    const before = redis.pid

    await redis.kill()
    expect(redis.pid).toBeUndefined()
    await expect(ask(redis.port, 'PING')).rejects.toThrow('ECONNREFUSED')

    await redis.restart()
    expect(redis.pid).not.toBe(before)
    expect(await ask(redis.port, 'GET colour')).toContain('green')
  })

  it('loses everything at a restart unless it is configured to keep it', async () => {
    await using redis = await startRedis()
    await ask(redis.port, 'SET colour green')
    await redis.restart()
    expect(await ask(redis.port, 'GET colour')).toBe('$-1')
  })

  it('says nothing while paused, and stops from there too', async () => {
    await using redis = await startRedis()
    redis.pause()
    expect(await ask(redis.port, 'PING', 300)).toBeUndefined()
    redis.resume()
    expect(await ask(redis.port, 'PING')).toBe('+PONG')

    redis.pause()
    await redis.stop()
    expect(redis.pid).toBeUndefined()
    expect(() => redis.resume()).toThrow('no Redis runs')
  })

  it('takes arguments, and the DEBUG command', async () => {
    await using redis = await startRedis({ args: ['--maxmemory', '10mb'] })
    expect(await ask(redis.port, 'CONFIG GET maxmemory')).toContain('10485760')
    expect(await ask(redis.port, 'DEBUG SLEEP 0')).toBe('+OK')
  })

  it('keeps a directory that the caller gave', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mq-redis-given-'))
    const redis = await startRedis({ directory })
    await redis.stop()
    await access(join(directory, 'redis.log'))
    await rm(directory, { recursive: true })
  })

  it('says what redis-server said when it cannot start', async () => {
    await expect(startRedis({ args: ['--no-such-option', 'yes'] })).rejects.toThrow(/no-such-option/)
    await expect(startRedis({ binary: '/no/such/redis-server' })).rejects.toThrow('cannot run /no/such/redis-server')
  })

  it('names the port that is taken', async () => {
    const port = await freePort()
    const taker = createServer((socket) => socket.end('+PONG\r\n')).listen(port, '127.0.0.1')
    await expect(startRedis({ port })).rejects.toThrow(/already in use/i)
    taker.close()
  })

  it('runs beside others', async () => {
    const servers = await Promise.all([1, 2, 3, 4, 5].map(() => startRedis()))
    expect(new Set(servers.map((redis) => redis.port)).size).toBe(5)
    await Promise.all(servers.map((redis) => redis.stop()))
  })
})
