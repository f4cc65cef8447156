// Programs in Python that know nothing of mq, by Debian's python3-redis, on database 5: in all four roles.
import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { execFile, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Program } from './program.ts'

const PYTHON = '/usr/bin/python3'
const LIST = 'task:prodcons:queue'
const CHANNEL = 'task:pubsub:channel'
const COUNT = 10_000

const { status, stderr, error } = spawnSync(PYTHON, ['-c', 'import redis'], { encoding: 'utf8' })
const missing = status === 0 ? undefined : (error?.message ?? stderr.trim().split('\n').at(-1))
if (missing !== undefined) console.warn(`skipped: ${PYTHON} has no redis (${missing}); apt-get install python3-redis`)

/** A program of `python/`; its last line is its answer. */
function python(file: string, { port }: RedisServer, name: string, count: number): Python {
  const path = fileURLToPath(new URL(`python/${file}`, import.meta.url))
  let settled: (answer: string) => void
  let failed: (error: Error) => void
  const answer = new Promise<string>((resolve, reject) => ([settled, failed] = [resolve, reject]))
  const child = execFile(PYTHON, [path, String(port), name, String(count)], (thrown, out) => {
    if (thrown) failed(thrown)
    else settled(out.trim().split('\n').at(-1)!)
  })
  answer.catch(() => undefined)
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, answer, ready: once(child.stdout!, 'data') }
}

interface Python {
  readonly child: ChildProcess
  readonly answer: Promise<string>
  readonly ready: Promise<unknown>
}

async function redis(): Promise<{ readonly server: RedisServer; readonly url: string }> {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  return { server, url: `${server.url.replace(/\/\d*$/, '')}/5` }
}

/** What is left of the queue. */
async function queueAt(url: string) {
  const broker = createBroker(redisAdapter({ url }), { logger: silentLogger })
  onTestFinished(() => broker.close())
  await broker.ready({ timeoutMs: 60_000 })
  return broker.queue(defineQueue({ name: 'prodcons', inbox: LIST }))
}

const each = (count: number): string =>
  `[${Array.from({ length: 10 }, (_, i) => `('${i}', ${count / 10})`).join(', ')}]`

describe.skipIf(missing !== undefined)('programs in Python', () => {
  it(`lpush ${COUNT} tasks, and worker-queue does each`, async () => {
    const { server, url } = await redis()
    const app = new Program('worker-queue', {
      REDIS_URL: url,
      INBOX: LIST,
      WORK_MIN_MS: '0',
      WORK_MAX_MS: '0',
      CONCURRENCY: '100',
      LOG_LEVEL: 'warn',
    })
    const queue = await queueAt(url)
    expect(await python('produce.py', server, LIST, COUNT).answer).toBe(String(COUNT))
    await queue.drain({ timeoutMs: 100_000 })
    const { totals, dead, inbox } = await queue.stats()
    expect([totals.enqueued, totals.completed, dead, inbox]).toEqual([COUNT, COUNT, 0, 0])
    app.signal('SIGTERM')
    expect(await app.end()).toBe(0)
  })

  it(`blpop ${COUNT} tasks that were enqueued here, by way of worker-queue`, async () => {
    const { server, url } = await redis()
    new Program('worker-queue', { REDIS_URL: url, OUTBOX: LIST, CONCURRENCY: '100', LOG_LEVEL: 'warn' })
    const consumer = python('consume.py', server, LIST, COUNT)
    const queue = await queueAt(url)
    for (let from = 0; from < COUNT; from += 1_000) {
      await queue.enqueueAll(Array.from({ length: 1_000 }, (_, i) => ({ payload: i % 10 })))
    }
    expect(await consumer.answer).toBe(each(COUNT))
    await queue.drain({ timeoutMs: 100_000 })
    expect((await queue.stats()).totals.completed).toBe(COUNT)
  })

  it('blpop what a POST to web enqueues, without a worker', async () => {
    const { server, url } = await redis()
    const web = new Program('web', { REDIS_URL: url, OUTBOX: LIST, LOG_LEVEL: 'info' })
    const consumer = python('consume.py', server, LIST, 10)
    const place = await web.url()
    for (let payload = 0; payload < 10; payload++) {
      const body = JSON.stringify({ payload })
      const headers = { 'content-type': 'application/json' }
      expect((await fetch(`${place}/queues/prodcons/tasks`, { method: 'POST', headers, body })).status).toBe(202)
    }
    expect(await consumer.answer).toBe(each(10))
  })

  it('publish, and worker-pubsub hears each', async () => {
    const { server, url } = await redis()
    const app = new Program('worker-pubsub', { REDIS_URL: url, RAW_CHANNEL: CHANNEL })
    await app.says('"ready"')
    expect(await python('publish.py', server, CHANNEL, 1_000).answer).toBe('1000')
    const heard = (): number => app.records.filter(({ msg }) => String(msg).startsWith('Message get ')).length
    await vi.waitFor(() => expect(heard()).toBe(1_000), { timeout: 60_000 })
  })

  it('listen to what a POST to web publishes', async () => {
    const { server, url } = await redis()
    const web = new Program('web', { REDIS_URL: url, RAW_CHANNEL: CHANNEL })
    const listener = python('listen.py', server, CHANNEL, 10)
    await listener.ready
    const place = await web.url()
    for (let payload = 0; payload < 10; payload++) {
      const body = JSON.stringify({ payload })
      const headers = { 'content-type': 'application/json' }
      expect((await fetch(`${place}/channels/pubsub/messages`, { method: 'POST', headers, body })).status).toBe(202)
    }
    expect(await listener.answer).toBe(`[${Array.from({ length: 10 }, (_, i) => `'${i}'`).join(', ')}]`)
  })
})

it.each(['web', 'worker-queue'] as const)('%s refuses one key for inbox and outbox', async (app) => {
  const program = new Program(app, { INBOX: LIST, OUTBOX: LIST })
  expect(await program.end()).not.toBe(0)
  expect(program.text).toContain('OUTBOX must not be INBOX')
})
