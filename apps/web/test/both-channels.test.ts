import { pubsubLog } from '@mq/contracts'
import type { Adapter } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { listen, testWeb } from './test-web.ts'
import type { TestWeb } from './test-web.ts'

const ADAPTERS: Record<string, () => Promise<Adapter>> = {
  memory: async () => memoryAdapter(),
  Redis: async () => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    return redisAdapter({ url: server.url })
  },
}

/** What a group that comes only now is given, from the earliest that is kept. */
async function comeLater({ broker }: TestWeb): Promise<number[]> {
  const given: number[] = []
  await broker.channel(pubsubLog).consume('later', ({ payload }) => void given.push(payload), { from: 'earliest' })
  return given
}

const post = ({ app }: TestWeb, channel: string, payload: unknown) =>
  app.inject({ method: 'POST', url: `/channels/${channel}/messages`, payload: { payload } })

describe.each(Object.keys(ADAPTERS))('both channels, on %s', (name) => {
  const start = async () => testWeb({ adapter: await ADAPTERS[name]!(), operationTimeoutMs: 2_000 })

  it('/pubsub publishes one element to both: for those who listen now, and for a group that comes later', async () => {
    const web = await start()
    const heard = await listen(web.broker)
    for (let i = 0; i < 20; i++) expect((await web.app.inject('/pubsub')).statusCode).toBe(302)
    await vi.waitFor(() => expect(heard).toHaveLength(20))
    const given = await comeLater(web)
    await vi.waitFor(() => expect(given).toHaveLength(20))
    expect(given).toEqual(heard)
  })

  it('POST publishes to the one that is named', async () => {
    const web = await start()
    const heard = await listen(web.broker)
    expect((await post(web, 'pubsub-log', 7)).json()).toEqual({ epoch: expect.any(String), n: 1 })
    expect((await post(web, 'pubsub', 3)).statusCode).toBe(202)
    const given = await comeLater(web)
    await vi.waitFor(() => expect([heard, given]).toEqual([[3], [7]]))
  })

  it('keeps nothing that is no element', async () => {
    const web = await start()
    expect((await post(web, 'pubsub-log', 10)).statusCode).toBe(422)
    await post(web, 'pubsub-log', 9)
    const given = await comeLater(web)
    await vi.waitFor(() => expect(given).toEqual([9]))
  })
})
