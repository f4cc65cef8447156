import { env } from 'node:process'
import { testQueueModel } from '@mq/queue-model'
import type { Redis } from 'ioredis'
import { it } from 'vitest'
import { Lab } from './lab/lab.ts'
import { age } from './lab/aging.ts'

const lab = await Lab.start()

// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('does what the model of a queue does, whatever the commands', { timeout }, async () => {
  const storages = [await lab.open(), await lab.open()]
  await testQueueModel({
    runs: 100,
    limitMs: 20_000,
    environment: env,
    async open() {
      const name = lab.freshName()
      const keyOf = (part: string): string => `mq:{${name}}:${part}`
      return {
        drivers: storages.map((storage) => storage.queue(name)),
        pass: (ms) => age(lab.redis, keyOf, ms),
        // Real time passes, too, but never a minute.
        slackMs: 30_000,
        leftovers: () => leftovers(lab.redis, keyOf),
        close: async () => {},
      }
    },
  })
})

/** Keys that are only there for tasks, and those of ids that should be forgotten by now. */
async function leftovers(redis: Redis, keyOf: (part: string) => string): Promise<string[]> {
  const lines = Array.from({ length: 10 }, (_, level) => [`ready:${level}`, `later:${level}`]).flat()
  const parts = ['tasks', 'leases', 'runs', 'crashes', 'failures', 'notes', 'waiters', 'dead', 'graves', ...lines]
  const found: string[] = []
  for (const part of parts) if ((await redis.exists(keyOf(part))) === 1) found.push(part)
  return found
}
