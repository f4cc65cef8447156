// An operator changes the master, as an upgrade does. The old one takes writes until its clients leave, and throws them away.
import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startWatched } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'

const ends: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

function clientOf({ port }: RedisServer): Redis {
  const client = new Redis({ port, retryStrategy: () => 20 })
  client.on('error', () => undefined)
  ends.push(async () => client.disconnect())
  return client
}

// At the same time, since sentinels let most of it pass. Each replica has to confirm: with fewer, one that still follows the old master confirms what will be thrown away.
it.concurrent.for([1, 2])(
  'with %i replicas loses nothing that was accepted',
  { timeout: 120_000 },
  async (replicas, { expect }) => {
    const watched = await startWatched({ name: 'shop', replicas, sentinels: 1 })
    ends.push(() => watched.stop())
    const { servers } = watched
    const sentinel = watched.sentinels[0]!
    const durability = { replicas, timeoutMs: 500 }
    const adapter = redisAdapter({ sentinel: { name: 'shop', urls: [sentinel.url] }, durability })
    const broker = createBroker(adapter, { logger: silentLogger })
    ends.push(() => broker.close({ deadlineMs: 100 }))
    await broker.ready({ timeoutMs: 20_000 })
    const queue = broker.queue('planned')
    const accepted: string[] = []
    const refused: unknown[] = []

    const operator = clientOf(sentinel)
    let asked = 0
    let isOver = false
    const failover = async (): Promise<void> => {
      await eventually(() => accepted.length >= 20, 'a load')
      await eventually(() => operator.call('SENTINEL', 'FAILOVER', 'shop').catch(() => false), 'a failover')
      const roles = servers.map(clientOf)
      const isDone = async (): Promise<boolean> => {
        const [first, ...others] = await Promise.all(roles.map((client) => client.role().catch(() => [])))
        const follow = others.filter((role) => role[0] === 'slave' && role[3] === 'connected')
        return first?.[0] === 'slave' && first[3] === 'connected' && follow.length === replicas - 1
      }
      await expect.poll(isDone, { timeout: 60_000, interval: 100 }).toBe(true) // sentinels look each ten seconds
      const before = accepted.length
      await eventually(() => accepted.length >= Math.max(1_000, before + 20), 'work that goes on')
    }
    const calls: Promise<unknown>[] = []
    const produce = async (): Promise<void> => {
      while (!isOver) {
        const id = `task-${asked++}`
        calls.push(
          queue.enqueue(asked, { id }).then(
            () => accepted.push(id),
            (error: unknown) => refused.push(error),
          ),
        )
        await pause(10)
      }
    }
    await Promise.all([failover().finally(() => (isOver = true)), produce()])
    await Promise.all(calls)

    const states = await Promise.all(accepted.map((id) => queue.task(id).status()))
    const lost = accepted.filter((_, i) => states[i]!.state !== 'waiting')
    console.log(
      `a planned failover, ${replicas} replicas: ${lost.length} of ${accepted.length} accepted were lost, ${refused.length} refused`,
    )
    expect({ lost, of: accepted.length >= 1_000 }).toEqual({ lost: [], of: true })
    for (const error of refused) expect(error).toMatchObject({ code: 'unavailable' })
  },
)
