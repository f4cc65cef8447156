// A bound for each key: a tenant whose tasks pile up is refused, and keeps no other from enqueueing.
import { createBroker, defineQueue, MqError, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'

const imports = defineQueue<string>({ name: 'imports', capacity: { perKey: 100, whenFull: 'reject' } })

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
const queue = broker.queue(imports)

let taken = 0
let refused = 0
for (let row = 0; row < 150; row++) {
  try {
    await queue.enqueue(`row ${row}`, { key: 'loud' })
    taken++
  } catch (error) {
    if (!MqError.is(error, 'queue-full')) throw error
    refused++
    if (refused === 1) console.log(error.message, error.details)
  }
}
await queue.enqueue('row 0', { key: 'quiet' })
console.log({ taken, refused })
console.log((await queue.stats()).waiting, 'wait')
await queue.purge()
await broker.close()
