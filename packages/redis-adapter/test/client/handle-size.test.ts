// What a handle of a queue takes of a process: one may have a handle for each of many thousand tenants.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createBroker, defineQueue, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { startRedis } from '@mq/redis-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KeyCache } from '../../src/key-cache.ts'
import { redisAdapter } from '../../src/redis-adapter.ts'
import { statsScript } from '../../src/scripts/queue/stats.ts'

const HANDLES = 5_000
const KIB = 1_024

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapBytes(): number {
  // The first leaves what was to be finalized.
  for (let i = 0; i < 3; i++) collect()
  return process.memoryUsage().heapUsed
}

describe('a handle of a queue', () => {
  let broker: Broker
  let server: Awaited<ReturnType<typeof startRedis>>
  const definitions = Array.from({ length: HANDLES }, (_, i) => defineQueue({ name: `queue-${i}` }))

  beforeAll(async () => {
    server = await startRedis()
    broker = createBroker(redisAdapter({ url: server.url }), { logger: silentLogger })
    await broker.ready()
    await broker.queue('warm').enqueue(1)
  })
  afterAll(async () => {
    await broker.close()
    await server.stop()
  })

  it('takes less than 3 KiB of heap, and less than 4.5 once it was enqueued to', { timeout: 60_000 }, async () => {
    const before = heapBytes()
    const queues = definitions.map((definition) => broker.queue(definition))
    const made = heapBytes()
    for (let i = 0; i < HANDLES; i += 100) await Promise.all(queues.slice(i, i + 100).map((queue) => queue.enqueue(1)))
    const used = heapBytes()
    expect((made - before) / HANDLES).toBeLessThan(3 * KIB)
    expect((used - before) / HANDLES).toBeLessThan(4.5 * KIB)
  })
})

it('the keys of 500 queues are kept, of those that came into use last', () => {
  const cache = new KeyCache('mq')
  for (let i = 0; i < 2_000; i++) {
    const keys = cache.of(statsScript, `q${i}`)
    expect(keys[0]).toBe(`mq:{q${i}}:meta`)
    expect(cache.of(statsScript, `q${i}`)).toBe(keys)
    expect(cache.size).toBeLessThanOrEqual(500)
  }
})
