// One queue as several, each on the master of a cluster that has its name: a tenant is always in the same part.
import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { createHash } from 'node:crypto'
import { z } from 'zod'

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })

// #region parts
const payload = z.object({ tenant: z.string(), text: z.string() })
const parts = Array.from({ length: 8 }, (_, i) => broker.queue(defineQueue({ name: `letters-${i}`, payload })))

/** The same in every process: a tenant's tasks stay in order, and its ids are looked for in one part. */
function partOf(tenant: string) {
  const hash = createHash('sha256').update(tenant).digest().readUInt32BE()
  return parts[hash % parts.length]!
}
// #endregion

const tenants = Array.from({ length: 100 }, (_, i) => `tenant-${i}`)
const tasks = await Promise.all(
  tenants.map((tenant) => partOf(tenant).enqueue({ tenant, text: 'hello' }, { id: `hello-${tenant}` })),
)
const again = await partOf('tenant-7').enqueue({ tenant: 'tenant-7', text: 'hello' }, { id: 'hello-tenant-7' })
console.log(`a repeated enqueue finds its task: ${again.existing}`)

const waiting = await Promise.all(parts.map(async (part) => (await part.stats()).waiting))
console.log(`${waiting.filter((count) => count > 0).length} of 8 parts have ${tasks.length} tasks together`)

for (const part of parts) part.process(({ tenant, text }) => `${text}, ${tenant}`)
const results = await Promise.all(tasks.map((task) => task.result()))
console.log(`${new Set(results).size} results`)
await broker.close()
