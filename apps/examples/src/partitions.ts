// One queue, spread over the slots of a cluster: its users see none of it.
import { createBroker, defineQueue, MqError, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { z } from 'zod'

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })

// #region define
const payload = z.object({ tenant: z.string(), page: z.number() })
const letters = broker.queue(defineQueue({ name: 'letters', payload, partitions: 8 }))

// A tenant's tasks are in one partition, in order.
await letters.enqueue({ tenant: 'acme', page: 1 }, { key: 'acme' })
// #endregion

// #region repartition
// Nothing is moved, and nobody stops. Called again, it goes on where a crash left it, and says what is left.
const { partitions, former } = await letters.repartition(16, { preview: true })
console.log(`${partitions} partitions; of those before, these have something yet: ${former.join(', ')}`)
// #endregion

const tenants = Array.from({ length: 100 }, (_, i) => `tenant-${i}`)
for (const page of [1, 2, 3]) {
  await Promise.all(tenants.map((tenant) => letters.enqueue({ tenant, page }, { key: tenant })))
}
await letters.enqueue({ tenant: 'late', page: 1 }, { id: 'late-1', delayMs: 3_600_000 })
const again = await letters.enqueue({ tenant: 'late', page: 1 }, { id: 'late-1' })
console.log(`a repeated enqueue finds its task: ${again.existing}`)
console.log(`it is cancelled from anywhere: ${await broker.queue('letters').task('late-1').cancel()}`)

const { waiting } = await letters.stats()
const keys = new Set<string>()
for (let after: string | undefined, isMore = true; isMore; isMore = after !== undefined) {
  const page = await letters.keys({ after })
  for (const { key } of page.keys) keys.add(key)
  after = page.next
}
console.log(`${waiting} tasks of ${keys.size} tenants wait`)

const pages = new Map<string, number[]>()
const worker = letters.process(({ tenant, page }) => void pages.set(tenant, [...(pages.get(tenant) ?? []), page]))
await letters.drain()
await worker.close()
const inOrder = tenants.every((tenant) => pages.get(tenant)?.join() === '1,2,3')
console.log(`${pages.size} tenants were served, each in order: ${inOrder}`)

// Two deployments that differ are told so, and nothing is stored where nobody looks.
const other = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })
if (url) {
  const thrown: unknown = await other
    .queue(defineQueue({ name: 'letters', payload, partitions: 4 }))
    .enqueue({ tenant: 'acme', page: 2 })
    .catch((error: unknown) => error)
  console.log(`another number: ${MqError.is(thrown) ? thrown.code : 'stored'}`)
}
await Promise.all([broker.close(), other.close()])
