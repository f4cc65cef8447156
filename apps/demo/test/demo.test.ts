import { startRedis } from '@mq/redis-server'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Program } from './program.ts'

const NO_REDIS = { MQ_TEST_REDIS_SERVER: '/nowhere/redis-server' }
const STARTED = 'Ctrl-C stops everything'

/** Asks for a task and its result, and publishes; both must arrive. */
async function use(demo: Program, { quiet = false } = {}): Promise<void> {
  const url = await demo.url()
  const response = await fetch(`${url}/queues/prodcons/tasks?waitMs=10000`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"payload":7}',
  })
  expect(await response.json()).toMatchObject({ state: 'completed', result: { element: 7, square: 49 } })
  expect((await fetch(`${url}/pubsub`)).status).toBe(200)
  if (quiet) return
  await demo.says('Task get 7')
  await demo.says('Message get')
}

async function isUp(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('demo', () => {
  it('runs web and both workers on a Redis of its own, and ends its start with the URL', async () => {
    const demo = new Program('demo')
    await demo.says(STARTED, 60_000)
    expect(demo.text).toMatch(
      /\n {2}http:\/\/127\.0\.0\.1:\d+\n {2}a Redis of its own, .*Ctrl-C stops everything\.\n\n$/,
    )
    await use(demo)
    const url = await demo.url()
    demo.signal('SIGINT')
    expect(await demo.end()).toBe(0)
    for (const app of ['web', 'worker-queue', 'worker-pubsub', 'demo']) {
      expect(demo.text).toMatch(new RegExp(`^${app} +stopped$`, 'm'))
    }
    expect(await isUp(url)).toBe(false)
  })

  it('uses the Redis that REDIS_URL names, and leaves it running', async () => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    const demo = new Program('demo', { REDIS_URL: server.url })
    await demo.says(STARTED)
    expect(demo.text).toContain(`${server.url}. Ctrl-C`)
    await use(demo)
    demo.signal('SIGTERM')
    expect(await demo.end()).toBe(0)
    expect(server.pid).toBeDefined()
  })

  it('says that there is no Redis, and runs in one process, in memory', async () => {
    const demo = new Program('demo', { ...NO_REDIS, REDIS_URL: 'redis://:hunter2@127.0.0.1:1', QUEUE_CAPACITY: '50' })
    await demo.says(STARTED)
    expect(demo.text).toMatch(
      /no answer from redis:.{2}127.0.0.1:1, which REDIS_URL names \(.*ECONNREFUSED.*\): looking/,
    )
    expect(demo.text).toContain('no Redis: everything in one process, in memory')
    expect(demo.text).not.toContain('hunter2')
    await use(demo)
    demo.signal('SIGINT')
    expect(await demo.end()).toBe(0)
  })

  it.each([
    ['a Redis of its own', {}],
    ['no Redis', NO_REDIS],
  ])('says nothing but its URL when logs are not wanted, on %s', async (_storage, env) => {
    const demo = new Program('demo', { ...env, LOG_LEVEL: 'error' })
    await demo.says(STARTED, 60_000)
    await use(demo, { quiet: true })
    expect(demo.text).not.toMatch(/ready|listening|Task get/)
    demo.signal('SIGINT')
    expect(await demo.end()).toBe(0)
  })

  it.each([
    ['a Redis of its own', {}],
    ['no Redis', NO_REDIS],
  ])('names PORT when its port is taken, on %s, and leaves nothing running', async (_storage, env) => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    onTestFinished(() => void holder.close())
    const { port } = holder.address() as AddressInfo
    const demo = new Program('demo', { ...env, PORT: `${port}` })
    expect(await demo.end()).toBe(1)
    expect(demo.text).toContain(`port ${port} on 127.0.0.1 is taken: set PORT to another`)
  })

  it('goes on without a worker that an operator stopped', async () => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    const demo = new Program('demo', { REDIS_URL: server.url })
    await demo.says(STARTED)
    const api = `${await demo.url()}/console/api/v1`
    const listed = (await (await fetch(`${api}/workers`)).json()) as { workers: { id: string; queue?: string }[] }
    const { id } = listed.workers.find(({ queue }) => queue === 'prodcons')!
    const stop = await fetch(`${api}/workers/${id}/stop`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    expect(stop.status).toBe(200)
    await demo.says(/^worker-queue +.*goes on without it/m)
    expect((await fetch(`${await demo.url()}/pubsub`)).status).toBe(200)
    await demo.says('Message get')
    demo.signal('SIGINT')
    expect(await demo.end()).toBe(0)
  })

  it('ends what it started on a second signal too', async () => {
    const demo = new Program('demo', { WORK_MIN_MS: '60000', WORK_MAX_MS: '60000' })
    await demo.says(STARTED, 60_000)
    const url = await demo.url()
    await fetch(`${url}/prodcons`)
    demo.signal('SIGTERM')
    await demo.says(/^worker-queue +stopping/m)
    demo.signal('SIGTERM')
    expect(await demo.end()).toBe(1)
    await vi.waitFor(async () => expect(await isUp(url)).toBe(false))
  })

  it('leaves nothing running when it is killed', async () => {
    const demo = new Program('demo', { GRACE_PERIOD_MS: '2000' })
    await demo.says(STARTED, 60_000)
    await use(demo)
    const pids = [...demo.text.matchAll(/(?:worker|subscriber)=\S+-(\d+)/g)].map(([, pid]) => Number(pid))
    expect(pids).toHaveLength(2)
    const url = await demo.url()
    demo.signal('SIGKILL')
    await vi.waitFor(async () => expect(await isUp(url)).toBe(false), 10_000)
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), 10_000)
  })

  it('stops in the middle of its start', async () => {
    const demo = new Program('demo')
    await demo.says('on a Redis of its own', 60_000)
    demo.signal('SIGINT')
    expect(await demo.end()).toBe(0)
  })
})
