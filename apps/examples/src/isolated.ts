// A handler in a thread of its own: one that never returns is killed at its timeout, and the others go on.
import { createBroker, defineQueue } from '@mq/core'
import { isolate } from '@mq/isolate'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const primes = defineQueue({
  name: 'primes',
  payload: z.object({ below: z.number() }),
  result: z.object({ count: z.int() }),
  attempts: 1,
  timeoutMs: 5_000,
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter())
const queue = broker.queue(primes)

// #region isolate
const countPrimes = isolate<{ below: number }, { count: number }>(new URL('./count-primes.mjs', import.meta.url), {
  isolate: 'thread', // or 'process', for native code that may crash
  memoryMb: 64,
  size: 2,
})
queue.process(countPrimes, { concurrency: 2 })
// #endregion

const [endless, quick] = await queue.enqueueAll([{ payload: { below: 1e15 } }, { payload: { below: 1_000 } }])
console.log('quick', await quick!.result({ timeoutMs: 30_000 }))
console.log('endless', await endless!.result({ timeoutMs: 30_000 }).catch((error) => error.code))

await broker.close()
await countPrimes.close()
