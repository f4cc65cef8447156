// A trace follows the work: from who enqueues, through the storage, to the handler and what it logs and enqueues
// itself.
import { createBroker, isVerdict } from '@mq/core'
import type { Middleware } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { AsyncLocalStorage } from 'node:async_hooks'

const trace = new AsyncLocalStorage<string>()
const log = (text: string): void => console.log(`[${trace.getStore() ?? 'no trace'}] ${text}`)

/** Outermost, so that all that follows runs inside the trace that came with the task. */
const traced: Middleware = (next) => (payload, context) =>
  trace.run(context.headers['trace'] ?? context.id, () => next(payload, context))

const logged: Middleware = (next) => async (payload, context) => {
  log(`${context.queue} begins`)
  const answer = await next(payload, context)
  log(`${context.queue} ${isVerdict(answer) ? 'goes round again or ends' : 'is done'}`)
  return answer
}

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), {
  middleware: [traced, logged],
  headers: () => ({ trace: trace.getStore() ?? 'none' }), // with each task; a caller's own header of that name wins
})
const orders = broker.queue('orders')
const invoices = broker.queue('invoices')

orders.process(async (order) => {
  const invoice = await invoices.enqueue({ order }) // in the same trace
  return invoice.result()
})
invoices.process(() => {
  log('writes an invoice')
  return 'invoice 1'
})

const task = await trace.run('request-7', () => orders.enqueue('a book'))
log(`answered: ${String(await task.result())}`)

await broker.close()
