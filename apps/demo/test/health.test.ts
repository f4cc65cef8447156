import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { AppName } from './program.ts'
import { Program } from './program.ts'

const WORKERS = ['worker-queue', 'worker-pubsub'] as const satisfies readonly AppName[]

async function redis(args: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedis({ args })
  onTestFinished(() => server.stop())
  return server
}

async function healthOf(program: Program): Promise<string> {
  await program.says(/health at http:\/\/127\.0\.0\.1:\d+/)
  return /http:\/\/127\.0\.0\.1:\d+\/health/.exec(program.text)?.[0] ?? ''
}

const status = async (url: string): Promise<number> => (await fetch(url)).status

const becomes = (url: string, expected: number): Promise<void> =>
  vi.waitFor(async () => expect(await status(url)).toBe(expected), { timeout: 10_000, interval: 50 })

describe.each(WORKERS)('%s', (app) => {
  it('is live and not ready while Redis is away or stands still, and ready when it is there', async () => {
    const server = await redis()
    await server.kill()
    const program = new Program(app, { REDIS_URL: server.url, HEALTH_PORT: '0' })
    const health = await healthOf(program)
    expect([await status(`${health}/live`), await status(`${health}/ready`)]).toEqual([200, 503])

    await server.restart()
    await becomes(`${health}/ready`, 200)

    server.pause()
    const refused = await fetch(`${health}/ready`)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect(await refused.json()).toEqual({ code: 'unavailable', message: 'not within 900 ms' })
    expect(await status(`${health}/live`)).toBe(200)
    server.resume()
    await becomes(`${health}/ready`, 200)

    program.signal('SIGTERM')
    expect(await program.end()).toBe(0)
  })

  it('says which variable names the port that is taken, and ends', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void holder.close())
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const program = new Program(app, { REDIS_URL: (await redis()).url, HEALTH_PORT: String(port) })
    expect(await program.end()).toBe(1)
    expect(program.text).toContain(`port ${port} on 127.0.0.1 is taken: set HEALTH_PORT to another`)
  })

  it('is ready on a full Redis: what is there can be worked off', async () => {
    const server = await redis(['--maxmemory', '1'])
    const program = new Program(app, { REDIS_URL: server.url, HEALTH_PORT: '0' })
    await becomes(`${await healthOf(program)}/ready`, 200)
    expect(program.text).not.toMatch(/Warning/)
  })

  it('opens no port unless it is told one', async () => {
    const program = new Program(app, { REDIS_URL: (await redis()).url })
    await program.says('"ready"')
    expect(program.text).not.toMatch(/listening|health at/)
  })
})
