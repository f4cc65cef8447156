// Schedulers of several brokers on one Redis.
import { createBroker, silentLogger, TICK_HEADER } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { createScheduler } from '@mq/scheduler'
import { afterAll, expect, it } from 'vitest'

const redis = await startRedis()
afterAll(() => redis.stop())

it('three of them make each task of each tick once, also while schedules change and some stop', async () => {
  const errors: Error[] = []
  const brokers = Array.from({ length: 3 }, () =>
    createBroker(redisAdapter({ url: redis.url }), {
      logger: silentLogger,
      onError: (error) => void errors.push(error),
    }),
  )
  const queue = brokers[0]!.queue('ticks')
  const all = brokers.map((broker) => createScheduler(broker, { queues: ['ticks'] }))
  const names = Array.from({ length: 20 }, (_, i) => `s${i}`)
  for (const name of names) await all[0]!.upsert('ticks', name, { everyMs: 100, missed: 'all', payload: name })
  const begun = Date.now()
  for (let round = 0; Date.now() - begun < 2_000; round++) {
    // Each changes what another set, at a tick as likely as not.
    const name = names[round % names.length]!
    await all[round % 2]!.upsert('ticks', name, { everyMs: 100, missed: 'all', payload: name, jitterMs: round % 5 })
  }
  await all[2]!.close()
  for (const name of names) await all[0]!.pause('ticks', name)
  for (const each of all) await each.close()
  const ticks = new Map<string, number[]>(names.map((name) => [name, []]))
  let count = 0
  for (const state of ['waiting', 'delayed'] as const) {
    for await (const { tasks } of queue.tasks({ state, payloads: true })) {
      for (const { payload, headers } of tasks) {
        ticks.get(payload as string)!.push(Date.parse(headers![TICK_HEADER]!))
        count++
      }
    }
  }
  expect(count).toBeGreaterThan(300)
  for (const found of ticks.values()) {
    found.sort((a, b) => a - b)
    expect(found).toEqual(found.map((_, i) => found[0]! + i * 100))
  }
  expect(errors).toEqual([])
  for (const broker of brokers) await broker.close()
}, 30_000)
