// One channel with history, spread over the slots of a cluster: the messages of a key keep their order.
import { createBroker, defineChannel, MqError, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })

// #region define
const message = z.object({ account: z.string(), cents: z.int() })
const postings = defineChannel({ name: 'postings', message, history: { maxAgeMs: 86_400_000 }, partitions: 8 })
const ledger = broker.channel(postings)

// All members share the partitions, and an account has one message at a time, in order.
const worker = await ledger.consume('balances', ({ payload }) => book(payload.account, payload.cents), {
  key: ({ payload }) => payload.account,
})
// An account's messages are in one partition.
await ledger.publish({ account: 'acme', cents: 100 }, { key: 'acme' })
// #endregion

const balances = new Map<string, number[]>()
function book(account: string, cents: number): void {
  balances.set(account, [...(balances.get(account) ?? []), cents])
}

let heard = 0
await ledger.subscribe(() => void heard++)
const accounts = Array.from({ length: 50 }, (_, i) => `account-${i}`)
for (const cents of [1, 2, 3]) {
  await Promise.all(accounts.map((account) => ledger.publish({ account, cents }, { key: account })))
}
const position = await ledger.publish({ account: 'last', cents: 1 }, { key: 'last' })
const booked = () => [...balances.values()].reduce((sum, { length }) => sum + length, 0)
while (booked() < 152 || heard < 151) await new Promise((resolve) => setTimeout(resolve, 10))
await worker.close()
console.log(`${heard} messages were heard, ${booked()} booked`)
console.log(`each account in order: ${accounts.every((account) => balances.get(account)?.join() === '1,2,3')}`)

// Those who use it by its name alone see one channel.
const group = broker.channel('postings').group('balances')
console.log(
  `the groups: ${(await broker.channel('postings').groups()).join()}; unread: ${(await group.stats()).unread}`,
)
console.log(`the last message: ${(await group.explain(position)).because}`)

// Two deployments that differ are told so, and nothing is published where nobody looks.
const other = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
if (url) {
  const thrown: unknown = await other
    .channel(defineChannel({ name: 'postings', message, history: { maxAgeMs: 86_400_000 }, partitions: 4 }))
    .publish({ account: 'acme', cents: 1 })
    .catch((error: unknown) => error)
  console.log(`another number: ${MqError.is(thrown) ? thrown.code : 'published'}`)
}
await Promise.all([broker.close(), other.close()])
