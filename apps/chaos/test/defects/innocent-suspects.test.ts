import { createBroker, silentLogger, systemClock } from '@mq/core'
import type { Turn } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { expect, it } from 'vitest'
import { until } from '../../src/until.ts'

const TASKS = 5
const LEASE_MS = 1_000

const claim = (lane: string): Turn => ({
  lane,
  seq: 1,
  repeat: false,
  settlements: [],
  want: TASKS,
  maxBytes: 1_000_000,
  leaseMs: LEASE_MS,
  keepResults: false,
  awaitWork: false,
})

/**
 * Found by event-loop-blocked on a machine without CPU to spare. A suspect shall run alone before it is buried, but a worker
 * that does not know yet that suspects are about claims a whole batch of them; when it dies (or gets no CPU) before it
 * gave them back, the crash is charged to all, and the next worker buries all, none of which ever ran alone.
 */
it.fails('buries no suspect that never ran alone', async () => {
  await using server = await startRedis()
  const adapter = redisAdapter({ url: server.url })
  const storage = adapter.open({ clock: systemClock, logger: silentLogger, onError: () => undefined })
  await storage.ready()
  const driver = storage.queue('suspects')
  const task = { level: 4, delayMs: 0, header: '', payload: '1' }
  await driver.enqueue({ lane: 'producer', seq: 1, tasks: Array.from({ length: TASKS }, () => task), atomic: true })

  // Three workers claim them and die: by the third the tasks are suspects.
  for (const worker of ['first', 'second', 'third']) {
    let turns = 0
    await until(`the ${worker} worker to get them`, 5_000, async () => {
      const { claimed } = await driver.settleAndClaim(claim(`${worker}-${turns++}`))
      return claimed.length === TASKS
    })
  }

  await using broker = createBroker(adapter, { logger: silentLogger, onError: () => undefined })
  const queue = broker.queue('suspects')
  let runs = 0
  queue.process(() => void runs++)
  await until('all to be over', 10_000, async () => {
    const { waiting, running, delayed } = await queue.stats()
    return waiting + running + delayed === 0
  })
  expect({ runs, buried: (await queue.dead()).length }).toEqual({ runs: TASKS, buried: 0 })
  await storage.close()
})
