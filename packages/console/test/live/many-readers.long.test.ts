import { createBroker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { testConsole } from '../test-console.ts'

const READERS = 1_000
/** Real time: what is measured is the processor time and the memory that it takes. */
const RUN_MS = 10_000
/** Each reader gets its first overview meanwhile, which takes memory once. */
const SETTLE_MS = 2_000

const megabytes = (bytes: number): number => Math.round(bytes / 1_048_576)

/** `paused`: it never reads. */
function open(port: number, paused: boolean): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', path: '/console/api/v1/events', agent: false }, (response) => {
      if (!paused) response.resume()
      resolve(response)
    })
    request.on('error', reject)
  })
}

// Half a minute: with MQ_FULL=1.
it.skipIf(process.env['MQ_FULL'] === undefined)(
  'a thousand readers, half of which never read, take little memory, and Redis as much as one',
  async () => {
    const redis = await startRedis()
    const broker = createBroker(redisAdapter({ url: redis.url }))
    onTestFinished(async () => {
      await broker.close()
      await redis.stop()
    })
    for (let i = 0; i < 50; i++) await broker.queue(`q${i}`).enqueue(i)
    const { app } = await testConsole({ broker, live: { maxPerClient: READERS }, rateLimit: false })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const redisCpuMs = async (): Promise<number> => {
      const socket = connect(Number(new URL(redis.url).port), '127.0.0.1')
      socket.write('INFO cpu\r\n')
      const [reply] = await once(socket, 'data')
      socket.destroy()
      const info = String(reply)
      return ['sys', 'user'].reduce(
        (sum, kind) => sum + 1_000 * Number(new RegExp(`used_cpu_${kind}:(.*)`).exec(info)?.[1]),
        0,
      )
    }

    const readers = [await open(port, false)]
    const idle = await redisCpuMs()
    await pause(RUN_MS)
    const one = (await redisCpuMs()) - idle
    for (let i = 1; i < READERS; i++) readers.push(await open(port, i % 2 === 0))
    await pause(SETTLE_MS)
    const before = process.memoryUsage().rss
    const cpu = await redisCpuMs()
    await pause(RUN_MS)
    const all = (await redisCpuMs()) - cpu
    const grown = process.memoryUsage().rss - before
    for (const reader of readers) reader.destroy()
    const share = (ms: number) => `${((100 * ms) / RUN_MS).toFixed(2)} %`
    console.log(
      `RSS ${megabytes(before)} MB, grown by ${megabytes(grown)} MB; Redis: ${share(one)} of a core for one reader, ${share(all)} for ${READERS}`,
    )
    expect(grown).toBeLessThan(64 * 1_048_576)
    expect(one).toBeLessThan(RUN_MS / 100)
    expect(all).toBeLessThan(RUN_MS / 50)
  },
)
