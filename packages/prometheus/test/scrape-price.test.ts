import { createBroker, silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { createMetrics } from '../src/create-metrics.ts'

/** Commands that clients sent, those of scripts left out. */
function commandsOf(stats: string): number {
  const lines = stats.split('\n').filter((line) => /^cmdstat_(eval|evalsha|fcall)/.test(line))
  return lines.reduce((sum, line) => sum + Number(/calls=(\d+)/.exec(line)?.[1]), 0)
}

it('a scrape costs Redis one script for each queue and a few more, and none when nobody scrapes', async () => {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const broker = createBroker(redisAdapter({ url: server.url }), { logger: silentLogger })
  onTestFinished(() => broker.close())
  for (let i = 0; i < 50; i++) await broker.queue(`q${i}`).enqueue(i)
  const clock = createVirtualClock()
  const metrics = createMetrics(broker, { clock: clock })
  onTestFinished(() => metrics.close())
  const client = new Redis(server.url)
  onTestFinished(() => client.disconnect())
  const commands = async (): Promise<number> => commandsOf(await client.info('commandstats'))

  await metrics.read() // the first loads the scripts
  await clock.advance(2_000)
  const before = await commands()
  const text = await metrics.read()
  const price = (await commands()) - before
  expect(text.match(/^mq_queue_waiting\{.*\} 1$/gm)).toHaveLength(50)
  expect(price).toBeGreaterThanOrEqual(50)
  expect(price).toBeLessThan(60)
  await Promise.all([metrics.read(), metrics.read()])
  expect((await commands()) - before).toBe(price)
})
