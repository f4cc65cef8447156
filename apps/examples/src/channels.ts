// One channel for those who listen now, and one that keeps its history for those who come later.
import { createBroker, defineChannel } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const Price = z.object({ symbol: z.string(), cents: z.int() })

const prices = defineChannel({ name: 'prices', message: Price })
const trades = defineChannel({ name: 'trades', message: Price, history: { maxAgeMs: 86_400_000, maxCount: 1_000_000 } })

const url = process.env.REDIS_URL
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter())

// Ephemeral: every subscriber gets every message, in order, and is told what it lost.
const ticker = broker.channel(prices)
const subscription = await ticker.subscribe(
  ({ n, payload }) => console.log(`screen: message ${n}, ${payload.symbol} at ${payload.cents}`),
  { onGap: (gap) => console.warn(`lost ${gap.size ?? 'some'} messages`) },
)
const listening = new AbortController()
const loop = (async () => {
  for await (const { payload } of ticker.messages({ signal: listening.signal })) {
    console.log(`loop: ${payload.symbol} at ${payload.cents}`)
    if (payload.symbol === 'END') break
  }
})()
for (const symbol of ['ABC', 'XYZ', 'END']) await ticker.publish({ symbol, cents: 1_250 })
await loop
await subscription.close()

// Durable: each group gets every message at least once, from where it left off; its members share the work.
const book = broker.channel(trades)
await book.publish({ symbol: 'ABC', cents: 1_250 })
await new Promise<void>((resolve, reject) => {
  const audit = book.consume(
    'audit',
    ({ n, payload }, { attempt }) => {
      console.log(`audit, attempt ${attempt}: message ${n}, ${payload.symbol} at ${payload.cents}`)
      if (payload.symbol === 'END') resolve()
    },
    { from: 'earliest', concurrency: 10, attempts: 3 },
  )
  audit.then(() => book.publish({ symbol: 'END', cents: 990 })).catch(reject)
})
console.log(`audit is ${await book.group('audit').lag()} messages behind`)

await broker.close()
