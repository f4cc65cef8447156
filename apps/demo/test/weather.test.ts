import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { APPS, Program } from './program.ts'

const SECRET = 'hunter2secret'

async function redis(args: readonly string[] = []) {
  const server = await startRedis({ args })
  onTestFinished(() => server.stop())
  return server
}

const post = (url: string) =>
  fetch(`${url}/queues/prodcons/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"payload":7}',
  })

describe.each(APPS)('%s', (app) => {
  it('says once that Redis is away, without its password, waits, and recovers', async () => {
    const server = await redis(['--requirepass', SECRET])
    await server.kill()
    const program = new Program(app, { REDIS_URL: `redis://:${SECRET}@127.0.0.1:${server.port}` })
    const place = `redis://127.0.0.1:${server.port}`
    await program.says(`no answer from ${place}: waiting for it`)
    if (app === 'web') {
      const url = await program.url()
      expect((await fetch(`${url}/health/live`)).status).toBe(200)
      expect((await fetch(`${url}/health/ready`)).status).toBe(503)
      const since = performance.now()
      const refused = await post(url)
      expect(performance.now() - since).toBeLessThan(4_000)
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({ code: 'unknown' })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    // Where the process is starved, it says first that nothing answers yet, and then why: each reason once.
    const loud = program.records.filter(({ level }) => ['warn', 'error', 'fatal'].includes(level))
    const reasons = loud.map(({ reason }) => /nothing answers there yet|ECONNREFUSED/.exec(String(reason))?.[0])
    expect(reasons).toEqual([...new Set(reasons)])
    expect(new Set(loud.map(({ msg }) => msg))).toEqual(new Set([`no answer from ${place}: waiting for it`]))
    expect(reasons).not.toContain(undefined)

    await server.restart()
    await program.says('"ready"')
    await program.says(`${place} answers`)
    if (app === 'web') {
      const url = await program.url()
      expect((await fetch(`${url}/health/ready`)).status).toBe(200)
      expect((await post(url)).status).toBe(202)
    }
    program.signal('SIGTERM')
    expect(await program.end()).toBe(0)
    expect(program.text).not.toContain(SECRET)
  })

  it('stops on SIGTERM while it still waits for Redis', async () => {
    const program = new Program(app, { REDIS_URL: 'redis://127.0.0.1:1', GRACE_PERIOD_MS: '30000' })
    await program.says('no answer from redis://127.0.0.1:1')
    program.signal('SIGTERM')
    expect(await program.end()).toBe(0)
  })

  it('says that a password is wrong, without it, and exits with 1', async () => {
    const server = await redis(['--requirepass', 'another'])
    const program = new Program(app, { REDIS_URL: `redis://:${SECRET}@127.0.0.1:${server.port}` })
    expect(await program.end()).toBe(1)
    expect(program.text).toMatch(/cannot be used/)
    expect(program.text).not.toContain(SECRET)
  })

  it('recovers when Redis goes away for a while', async () => {
    const server = await redis()
    const program = new Program(app, { REDIS_URL: server.url })
    await program.says('"ready"')
    await server.kill()
    await program.says('not connected to Redis')
    await server.restart()
    await program.says('connected to Redis again')
    program.signal('SIGTERM')
    expect(await program.end()).toBe(0)
  })

  it('exits when nobody reads its log any more', async () => {
    const server = await redis()
    const program = new Program(app, { REDIS_URL: server.url })
    await program.says('"ready"')
    program.deafen()
    program.signal('SIGTERM')
    program.signal('SIGINT') // often handled in one go: the second one's line is still unwritten at the exit then
    expect(await program.end()).toBeTypeOf('number')
  })

  it('takes no environment that makes no sense, says so in one line, and exits with 1', async () => {
    const program = new Program(app, { GRACE_PERIOD_MS: 'soon', REDIS_URL: `http://:${SECRET}@host` })
    expect(await program.end()).toBe(1)
    expect(program.text).toBe(
      `${app}: REDIS_URL must be a URL that begins with redis://, rediss:// or unix://; ` +
        'GRACE_PERIOD_MS must be a whole number from 0 to 3600000\n',
    )
  })
})

describe.each(['worker-queue', 'worker-pubsub'] as const)('%s', (app) => {
  it('exits with 0 when an operator stops it from another process, and says who did', async () => {
    const server = await redis()
    const worker = new Program(app, { REDIS_URL: server.url })
    await worker.says('"ready"')
    const broker = createBroker(redisAdapter({ url: server.url }), { logger: silentLogger })
    onTestFinished(() => broker.close())
    const [entry] = await broker.workers()
    expect(await broker.worker(entry!.id).stop({ by: 'ada' })).toBe('asked')
    expect(await worker.end()).toBe(0)
    const stopped = worker.records.find(({ msg }) => msg.endsWith('stopped by an operator'))
    expect(stopped).toMatchObject({ by: 'ada', abandoned: [], cutOff: [] })
    expect(await broker.workers()).toEqual([])
  })
})

describe('worker-queue', () => {
  it('finishes on SIGTERM what it has begun, gives back the rest, and exits with 0', async () => {
    const server = await redis()
    const env = { REDIS_URL: server.url, WORK_MIN_MS: '800', WORK_MAX_MS: '800', CONCURRENCY: '2' }
    const [web, first] = [new Program('web', env), new Program('worker-queue', env)]
    const url = await web.url()
    await Promise.all([web.says('"ready"'), first.says('"ready"')])
    const locations = await Promise.all(
      Array.from({ length: 6 }, async () => (await post(url)).headers.get('location')),
    )
    const states = async () =>
      Promise.all(locations.map(async (at) => ((await (await fetch(`${url}${at}`)).json()) as { state: string }).state))
    await vi.waitFor(async () => expect((await states()).filter((state) => state === 'running')).toHaveLength(2), 5_000)
    first.signal('SIGTERM')
    expect(await first.end()).toBe(0)
    expect(first.count('Task get')).toBe(2)
    expect((await states()).sort()).toEqual(['completed', 'completed', 'waiting', 'waiting', 'waiting', 'waiting'])

    const second = new Program('worker-queue', { ...env, WORK_MIN_MS: '0', WORK_MAX_MS: '0' })
    await vi.waitFor(async () => expect(new Set(await states())).toEqual(new Set(['completed'])), 10_000)
    expect(second.count('Task get')).toBe(4)
  })

  it.each([
    ['SIGTERM', 1],
    ['SIGINT', 130],
  ] as const)('exits at once on a second %s', async (signal, code) => {
    const server = await redis()
    const env = { REDIS_URL: server.url, WORK_MIN_MS: '60000', WORK_MAX_MS: '60000', GRACE_PERIOD_MS: '30000' }
    const [web, worker] = [new Program('web', env), new Program('worker-queue', env)]
    await Promise.all([web.says('"ready"'), worker.says('"ready"')])
    const at = (await post(await web.url())).headers.get('location')
    await vi.waitFor(
      async () => expect(await (await fetch(`${await web.url()}${at}`)).text()).toContain('running'),
      5_000,
    )
    worker.signal('SIGTERM')
    await worker.says('stopping')
    worker.signal(signal)
    expect(await worker.end()).toBe(code)
  })
})

describe('web', () => {
  it('names PORT when its port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    onTestFinished(() => void holder.close())
    const { port } = holder.address() as AddressInfo
    const web = new Program('web', { PORT: `${port}`, REDIS_URL: 'redis://127.0.0.1:1' })
    expect(await web.end()).toBe(1)
    expect(web.records.at(-1)?.msg).toBe(`port ${port} on 127.0.0.1 is taken: set PORT to another`)
  })

  it('stops at once with a page open and a request that waits for a result', async () => {
    const server = await redis()
    const web = new Program('web', { REDIS_URL: server.url })
    await web.says('"ready"')
    const url = await web.url()
    const events = await fetch(`${url}/events`)
    const waiting = fetch(`${url}/queues/prodcons/tasks?waitMs=30000`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"payload":7}',
    })
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader()
    while (!(await reader.read()).value?.includes('"waiting":1'));
    const since = performance.now()
    web.signal('SIGTERM')
    expect((await waiting).status).toBe(202)
    while (!(await reader.read()).done);
    expect(await web.end()).toBe(0)
    expect(performance.now() - since).toBeLessThan(3_000)
  })
})
