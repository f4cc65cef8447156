import { env } from 'node:process'
import { testQueueModel } from '@mq/queue-model'
import type { Redis } from 'ioredis'
import { it } from 'vitest'
import { cancelScript } from '../src/scripts/queue/cancel.ts'
import { changeScript } from '../src/scripts/queue/change.ts'
import { enqueueDisplacingScript } from '../src/scripts/queue/enqueue-displacing.ts'
import { enqueueReplacingScript } from '../src/scripts/queue/enqueue-replacing.ts'
import { Lab } from './lab/lab.ts'
import { age } from './lab/aging.ts'
import { shortenSearch } from './lab/short-search.ts'

const lab = await Lab.start()

// As many runs as somebody asks for take as long as they take.
const timeout = env['MQ_TEST_RUNS'] === undefined ? 120_000 : 3_600_000

it('does what the model of a queue does, whatever the commands', { timeout }, () => play())

it('does so where it keeps outcomes, and every end is one of them, once', { timeout }, () =>
  play({ outcomes: true, runs: 50 }),
)

it('does so where tasks have keys, and limits change', { timeout }, () => play({ shares: true }))

// As where more than 2,000 tasks wait: numbers that cannot be found at once stay in the list, and claims pass them by.
it('does so where what is changed, cancelled or replaced is in the middle of a long list', { timeout }, async () => {
  const lengthen = shortenSearch(changeScript, cancelScript, enqueueReplacingScript, enqueueDisplacingScript)
  try {
    await play()
  } finally {
    lengthen()
  }
})

async function play({ outcomes = false, shares = false, runs = 100 } = {}): Promise<void> {
  const storages = [await lab.open(), await lab.open()]
  await testQueueModel({
    runs,
    shares,
    limitMs: 20_000,
    environment: env,
    async open() {
      const name = lab.freshName()
      const keyOf = (part: string): string => `mq:{${name}}:${part}`
      return {
        drivers: storages.map((storage) => storage.queue(name)),
        outcomes: outcomes ? storages[0]!.outcomes!(name) : undefined,
        pass: (ms) => age(lab.redis, keyOf, ms),
        // Real time passes, too, but never a minute.
        slackMs: 30_000,
        leftovers: () => leftovers(lab.redis, keyOf),
        close: async () => {},
      }
    },
  })
}

/** Keys that are only there for tasks, and those of ids that should be forgotten by now. */
async function leftovers(redis: Redis, keyOf: (part: string) => string): Promise<string[]> {
  const lines = Array.from({ length: 10 }, (_, level) => [`ready:${level}`, `later:${level}`]).flat()
  const parts = [
    'tasks',
    'moved',
    'leases',
    'runs',
    'crashes',
    'failures',
    'notes',
    'waiters',
    'dead',
    'graves',
    'keyed',
    'ring',
    'paced',
    'busy',
    'places',
    ...lines,
  ]
  const found: string[] = []
  for (const part of parts) if ((await redis.exists(keyOf(part))) === 1) found.push(part)
  return found
}
