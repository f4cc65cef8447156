import { bury, defineChannel, defineQueue } from '@mq/core'
import type { Broker } from '@mq/core'
import { createScheduler } from '@mq/scheduler'
import { setTimeout as pause } from 'node:timers/promises'

const QUEUES = [
  { name: 'emails', perSecond: 60, takesMs: 18, workers: 3 },
  { name: 'invoices', perSecond: 0.5, takesMs: 0, workers: 0 },
  { name: 'search-index', perSecond: 12, takesMs: 60, workers: 2 },
  { name: 'thumbnails', perSecond: 25, takesMs: 130, workers: 2 },
  { name: 'webhooks', perSecond: 14, takesMs: 90, workers: 1 },
] as const

const THUMBNAIL_LIMITS = { concurrency: 12, perKey: { concurrency: 3, rate: { count: 8, perMs: 1_000 } } }
/** Whose thumbnails are wanted: one wants far more than the others. */
const SHOPS = ['lantern-books', 'lantern-books', 'lantern-books', 'north-tea', 'paper-and-ink', 'red-bicycle']

export const DEFINITIONS = QUEUES.map(({ name }) =>
  defineQueue({
    name,
    attempts: 2,
    backoff: { kind: 'fixed', baseMs: 300 },
    ...(name === 'thumbnails' && { limits: THUMBNAIL_LIMITS }),
  }),
)
export const CHANNELS = [defineChannel({ name: 'orders', history: { maxCount: 100_000 } })]

class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly code = 'ECONNREFUSED'
}

/** A morning in a shop: one queue has no worker, one receiver is down, one shop wants more than its share. */
export async function openShop(broker: Broker): Promise<() => void> {
  const timers = QUEUES.map(({ perSecond, takesMs, workers }, at) => {
    const queue = broker.queue(DEFINITIONS[at]!)
    for (let i = 0; i < workers; i++) {
      queue.process(
        async (payload) => {
          await pause(takesMs * (0.5 + Math.random()))
          const { to } = payload as { readonly to: string }
          if (to === 'https://down.example') throw new DeliveryError('connect ECONNREFUSED 10.2.0.14:443')
          if (Math.random() < 0.0005) return bury('no such address')
          return { delivered: to }
        },
        { concurrency: 20 },
      )
    }
    let n = 0
    return setInterval(() => {
      n += perSecond / 10
      for (; n >= 1; n--) {
        const key = queue.name === 'thumbnails' ? SHOPS[Math.floor(Math.random() * SHOPS.length)] : undefined
        void queue.enqueue({ to: 'https://shop.example/hooks', order: Math.floor(Math.random() * 1e5) }, { key })
      }
    }, 100)
  })
  await setSchedules(broker)
  timers.push(await openChannel(broker))
  // After those of the definition, which its workers bring.
  await pause(2_000)
  await broker.queue('thumbnails').limits.set({ concurrency: 16 }, { by: 'grace' })
  const webhooks = broker.queue(DEFINITIONS.at(-1)!)
  for (let order = 93_840; order < 93_852; order++) {
    const payload = { to: 'https://down.example', order, total: 129.9, lines: [{ sku: 'A-1', count: 2 }] }
    await webhooks.enqueue(payload, { id: `order-${order}`, headers: { 'request-id': `checkout-${order}` } })
  }
  await startFlow(broker)
  return () => timers.forEach(clearInterval)
}

/** An order that is packed after its things are fetched, one of which nobody fetches. */
async function startFlow(broker: Broker): Promise<void> {
  const fetches = broker.queue('fetches')
  const things = ['chair', 'lamp', 'rug', 'table']
  const parents = await fetches.enqueueAll(things.map((id) => ({ payload: id, id: `order-93853-${id}` })))
  fetches.process(
    (payload, { signal }) =>
      payload === 'table' && new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
  )
  const packing = broker.queue('packing')
  const parcel = await packing.enqueue({ order: 93_853 }, { id: 'order-93853', after: parents })
  const label = await packing.enqueue({ order: 93_853, label: true }, { id: 'order-93853-label', after: [parcel] })
  await broker.queue('emails').enqueue({ to: 'ada@example.com' }, { id: 'order-93853-sent', after: [label] })
  packing.process(() => undefined)
}

async function setSchedules(broker: Broker): Promise<void> {
  const schedules = createScheduler(broker, { queues: ['emails', 'search-index'] })
  const payload = { to: 'https://shop.example/hooks' }
  const timeZone = 'Europe/Berlin'
  await schedules.upsert('emails', 'newsletter', { cron: '0 9 * * MON', timeZone, payload })
  await schedules.upsert('emails', 'forgotten-baskets', { everyMs: 60_000, payload })
  await schedules.upsert('search-index', 'rebuild', { cron: '30 3 * * *', timeZone, payload, jitterMs: 600_000 })
  await schedules.upsert('search-index', 'sitemap', { cron: '@hourly', payload, missed: 'skip' })
  await schedules.pause('search-index', 'sitemap')
  // Nobody ticks those of invoices.
  const others = createScheduler(broker, { ticks: false })
  await others.upsert('invoices', 'dunning', { cron: '0 6 1 * *', timeZone, payload })
}

/** One of its groups handles all, one falls over some messages, and the member of the third was sent home. */
async function openChannel(broker: Broker): Promise<NodeJS.Timeout> {
  const orders = broker.channel(CHANNELS[0]!)
  await orders.consume('audit', () => undefined)
  await orders.consume('loyalty', ({ payload }) =>
    (payload as number) % 97 === 0 ? bury('no such customer') : undefined,
  )
  await (await orders.consume('warehouse', () => undefined)).close()
  let n = 0
  return setInterval(() => void orders.publish(n++), 50)
}
