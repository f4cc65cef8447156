// A worker whose tasks report progress, time out, are cancelled, come back later, or are given up.
import { bury, createBroker, defineQueue, retry } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const films = defineQueue({
  name: 'films',
  payload: z.object({ file: z.string(), minutes: z.int().positive() }),
  result: z.object({ frames: z.int() }),
  attempts: 2,
  backoff: { kind: 'fixed', baseMs: 50 },
  timeoutMs: 60_000,
})

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter())
const queue = broker.queue(films)
let diskIsFull = true

const worker = queue.process(
  async ({ file, minutes }, context) => {
    if (!file.endsWith('.mov')) return bury('not-a-film')
    if (file === 'big.mov' && diskIsFull) {
      diskIsFull = false
      return retry({ delayMs: 100, countsAsAttempt: false })
    }
    for (let done = 0; done < minutes; done++) {
      context.progress({ done, minutes })
      await sleep(20, undefined, { signal: context.signal }) // the signal aborts on timeout, cancel and shutdown
    }
    return { frames: minutes * 1_440 }
  },
  { concurrency: 5 },
)

// Progress, from any process.
const short = await queue.enqueue({ file: 'short.mov', minutes: 10 })
for await (const step of short.progress()) console.log('short.mov', step)
console.log('short.mov', await short.result())

// "Come back later" is an answer, not an error.
const big = await queue.enqueue({ file: 'big.mov', minutes: 1 })
console.log('big.mov', await big.result())

// "Never again" ends as a dead letter with its reason.
const notes = await queue.enqueue({ file: 'notes.txt', minutes: 1 })
const buried = await notes.outcome()
console.log('notes.txt', buried.state, buried.state === 'dead' && buried.reason)

// A handler that takes too long is stopped, and has used up an attempt.
const slow = await queue.enqueue({ file: 'slow.mov', minutes: 1_000 }, { timeoutMs: 100 })
const timedOut = await slow.outcome()
console.log('slow.mov', timedOut.state, timedOut.state === 'dead' && [timedOut.reason, timedOut.error?.code])

// A running task is cancelled from any process.
const long = await queue.enqueue({ file: 'long.mov', minutes: 1_000 })
for await (const _started of long.progress()) break
console.log('long.mov', await long.cancel({ reason: 'wrong film' }))
const cancelled = await long.outcome()
console.log('long.mov', cancelled.state, cancelled.state === 'cancelled' && cancelled.reason)

// Stop claiming, finish, give back what was not started.
const { completed, released, abandoned } = await worker.close({ deadlineMs: 10_000 })
console.log('closed:', { completed, released, abandoned })
await broker.close()
