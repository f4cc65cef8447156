// Draws the pictures of the console that the docs show:
//   node --conditions=@mq/source --import tsx packages/console/test/browser/pictures.ts
import { bury, createBroker, defineQueue, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import Fastify from 'fastify'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { mqConsole } from '../../src/index.ts'
import buildPage from '../build-page.ts'

const FOLDER = join(import.meta.dirname, '../../../../docs/pictures')
const WIDTH = 1180
/** Until rates and trends say something. */
const WARM_UP_MS = 75_000

const QUEUES = [
  { name: 'emails', perSecond: 60, takesMs: 18, workers: 3 },
  { name: 'invoices', perSecond: 0.5, takesMs: 0, workers: 0 },
  { name: 'search-index', perSecond: 12, takesMs: 60, workers: 2 },
  { name: 'thumbnails', perSecond: 25, takesMs: 130, workers: 2 },
  { name: 'webhooks', perSecond: 14, takesMs: 90, workers: 1 },
] as const

const DEFINITIONS = QUEUES.map(({ name }) =>
  defineQueue({ name, attempts: 2, backoff: { kind: 'fixed', baseMs: 300 } }),
)

const PICTURES = [
  { name: 'now', path: '/', colorScheme: 'light', height: 660 },
  { name: 'now-dark', path: '/', colorScheme: 'dark', height: 660 },
  { name: 'queue', path: '/queues/webhooks?tab=dead', colorScheme: 'light', height: 920 },
  { name: 'task', path: '/queues/webhooks/tasks/order-93843', colorScheme: 'dark', height: 860 },
] as const

class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly code = 'ECONNREFUSED'
}

/** A morning in a shop: one queue has no worker, one receiver is down. */
function busy(broker: Broker): () => void {
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
      for (; n >= 1; n--)
        void queue.enqueue({ to: 'https://shop.example/hooks', order: Math.floor(Math.random() * 1e5) })
    }, 100)
  })
  return () => timers.forEach(clearInterval)
}

async function fail(broker: Broker): Promise<void> {
  const webhooks = broker.queue(DEFINITIONS.at(-1)!)
  for (let order = 93_840; order < 93_852; order++) {
    const payload = { to: 'https://down.example', order, total: 129.9, lines: [{ sku: 'A-1', count: 2 }] }
    await webhooks.enqueue(payload, { id: `order-${order}`, headers: { 'request-id': `checkout-${order}` } })
  }
}

const broker = createBroker(memoryAdapter(), { logger: silentLogger })
await buildPage()
const app = Fastify({ forceCloseConnections: true })
await app.register(mqConsole, { broker, queues: DEFINITIONS })
const base = `${await app.listen({ port: 0 })}/console`
const stop = busy(broker)
await fail(broker)
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox'],
})
mkdirSync(FOLDER, { recursive: true })
const pages = await Promise.all(
  PICTURES.map(async ({ path, colorScheme, height }) => {
    const page = await browser.newPage({ viewport: { width: WIDTH, height }, colorScheme, locale: 'en-GB' })
    await page.goto(base + path)
    return page
  }),
)
await pause(WARM_UP_MS)
for (const [i, { name }] of PICTURES.entries()) {
  await pages[i]!.screenshot({ path: join(FOLDER, `console-${name}.png`) })
  console.log(`docs/pictures/console-${name}.png`)
}
stop()
await browser.close()
await app.close()
await broker.close({ deadlineMs: 0 })
