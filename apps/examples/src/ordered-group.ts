// The events of one account one after the other, in order, whichever member has them; those of others beside them.
import { createBroker, defineChannel, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const events = defineChannel({
  name: 'account-events',
  message: z.object({ account: z.string(), step: z.int() }),
  history: { maxCount: 10_000 },
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
const channel = broker.channel(events)

const done: Record<string, number[]> = {}
const running = new Map<string, number>()
let most = 0
let failed = false
for (let member = 0; member < 2; member++) {
  await channel.consume(
    'ledger',
    async ({ payload: { account, step } }) => {
      const count = (running.get(account) ?? 0) + 1
      running.set(account, count)
      most = Math.max(most, count)
      await sleep(1)
      running.set(account, count - 1)
      if (account === 'ann' && step === 2 && !failed) {
        failed = true
        throw new Error('the ledger is away') // ann's next ones wait for this one; ben's do not
      }
      ;(done[account] ??= []).push(step)
    },
    { key: ({ payload }) => payload.account, concurrency: 4, backoff: { kind: 'fixed', baseMs: 100 } },
  )
}

const steps = [1, 2, 3, 4]
await channel.publishAll(
  steps.flatMap((step) => ['ann', 'ben', 'cid'].map((account) => ({ message: { account, step } }))),
)
while (Object.values(done).flat().length < 12) await sleep(5)
for (const account of Object.keys(done).toSorted()) console.log(`${account}: ${done[account]!.join(', ')}`)
console.log(`at once, of one account: ${most}`)
console.log((await channel.group('ledger').stats()).unread, 'unread')
await broker.close()
