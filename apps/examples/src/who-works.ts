// What an operator asks of a storage that somebody else set up: which queues are there, and who works on them?
import { createBroker, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { logger: silentLogger })

const worker = broker.queue('mails').process((mail) => console.log('sent', mail), { concurrency: 5 })
const task = await broker.queue('mails').enqueue('hello')
await task.outcome()
await broker.queue('invoices').enqueue({ cents: 100 })
await broker.channel('prices').publish({ cents: 7 })

// #region names
for (let after: string | undefined, page; ; after = page.at(-1)) {
  page = await broker.queues({ after, limit: 100 })
  console.log('queues', page)
  if (page.length < 100) break
}
// #endregion
console.log('channels', await broker.channels())
for (const { queue, host, pid, concurrency, state } of await broker.workers()) {
  console.log(queue, state, { concurrency, isMine: pid === process.pid, hasHost: host !== '' })
}

// #region orders
const [entry] = await broker.workers()
console.log('quiet', await broker.worker(entry!.id).quiet())
console.log('resume', await broker.worker(entry!.id).resume())
// #endregion

// #region stop
const stopped = new Promise((resolve) => {
  broker.queue('letters').process((letter) => console.log('printed', letter), {
    // In a program of its own: `onStop: () => broker.close()`, after which the process has nothing left to do.
    onStop: ({ by }) => resolve(by),
  })
})
const printer = (await broker.workers()).find(({ queue }) => queue === 'letters')
console.log('stop', await broker.worker(printer!.id).stop({ by: 'ada' }), await stopped)
// #endregion

// One that was closed is not listed any more; one that died, for a minute at the most.
await worker.close()
console.log('workers', (await broker.workers()).length)

// #region totals
const { waiting, totals, oldestWaitMs = 0 } = await broker.queue('invoices').stats()
console.log({ waiting, isOld: oldestWaitMs > 60_000 }, totals)
// #endregion

// #region storage
const { kind, facts, findings } = await broker.storage()
const known = facts.filter(({ name }) => name === 'memory-used' || name === 'queues')
console.log(
  kind,
  known.map(({ name }) => name),
)
for (const { level, code, text } of findings) if (level === 'error') console.error(code, text)
// #endregion

// A name is there until its queue is obliterated.
await broker.queue('invoices').obliterate()
console.log('queues', await broker.queues())
await broker.close()
