// One channel for those who listen now, and one that keeps its history for those who come later.
import { createBroker, defineChannel, definePattern } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const Price = z.object({ symbol: z.string(), cents: z.int() })

const prices = defineChannel({ name: 'prices.stocks', message: Price })
const trades = defineChannel({ name: 'trades', message: Price, history: { maxAgeMs: 86_400_000, maxCount: 1_000_000 } })

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter())

// Ephemeral: every subscriber gets every message, in order, and a report of what it lost.
const ticker = broker.channel(prices)
const subscription = await ticker.subscribe(
  ({ n, payload }) => console.log(`screen: message ${n}, ${payload.symbol} at ${payload.cents}`),
  {
    buffer: { size: 1_000, whenFull: 'drop-oldest' }, // or drop-newest, or disconnect
    onGap: (gap) => console.warn(`lost ${gap.size ?? 'some'} messages`),
  },
)
// A pattern: * is one word, > at the end all the rest.
const watch = await broker
  .pattern(definePattern({ pattern: 'prices.*', message: Price }))
  .subscribe(({ channel, n, headers }) => console.log(`watch: ${channel} ${n}, by ${headers['desk'] ?? 'nobody'}`))
const listening = new AbortController()
const loop = (async () => {
  for await (const { payload } of ticker.messages({ signal: listening.signal })) {
    console.log(`loop: ${payload.symbol} at ${payload.cents}`)
    if (payload.symbol === 'END') break
  }
})()
await ticker.publish({ symbol: 'ABC', cents: 1_250 }, { headers: { desk: 'north' } })
await ticker.publishAll([{ message: { symbol: 'XYZ', cents: 1_250 } }, { message: { symbol: 'END', cents: 1_250 } }])
await loop
console.log(`screen: ${subscription.stats().delivered} delivered`)
await subscription.close()
await watch.close()

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
