// Draws the pictures of the console that the docs show:
//   node --conditions=@mq/source --import tsx packages/console/test/browser/pictures.ts [browser [name…]]
import { createBroker, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import Fastify from 'fastify'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { mqConsole } from '../../src/index.ts'
import buildPage from '../build-page.ts'
import { CHANNELS, DEFINITIONS, openShop } from './a-busy-shop.ts'

const FOLDER = join(import.meta.dirname, '../../../../docs/pictures')
/** Until rates and trends say something. */
const WARM_UP_MS = 75_000

/** From a telephone to a wide screen, in both themes and languages. */
const PICTURES = [
  { name: 'now', path: '/', colorScheme: 'light', width: 1280, height: 860 },
  { name: 'now-dark', path: '/', colorScheme: 'dark', width: 1280, height: 860 },
  { name: 'now-narrow', path: '/', colorScheme: 'light', width: 360, height: 780 },
  { name: 'now-narrow-zh', path: '/', colorScheme: 'dark', width: 360, height: 780, locale: 'zh-CN' },
  { name: 'queue', path: '/queues/webhooks?tab=dead', colorScheme: 'light', width: 1280, height: 920 },
  { name: 'task', path: '/queues/webhooks/tasks/order-93843', colorScheme: 'dark', width: 1280, height: 860 },
  { name: 'flow', path: '/queues/packing/tasks/order-93853', colorScheme: 'light', width: 768, height: 880 },
  { name: 'keys', path: '/queues/thumbnails/keys', colorScheme: 'dark', width: 768, height: 880 },
  { name: 'limits', path: '/queues/thumbnails/limits', colorScheme: 'light', width: 768, height: 880 },
  { name: 'schedules', path: '/schedules', colorScheme: 'light', width: 1280, height: 420 },
  { name: 'schedules-dark', path: '/schedules', colorScheme: 'dark', width: 1280, height: 420 },
  { name: 'schedule', path: '/queues/invoices/schedules/dunning', colorScheme: 'light', width: 768, height: 760 },
  { name: 'group', path: '/channels/orders/groups/loyalty', colorScheme: 'light', width: 768, height: 700 },
] as const

const broker = createBroker(memoryAdapter(), { logger: silentLogger })
await buildPage()
const app = Fastify({ forceCloseConnections: true })
await app.register(mqConsole, { broker, queues: DEFINITIONS, channels: CHANNELS })
const base = `${await app.listen({ port: 0 })}/console`
const close = await openShop(broker)
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox'],
})
mkdirSync(FOLDER, { recursive: true })
const names = process.argv.slice(3)
const wanted = PICTURES.filter(({ name }) => names.length === 0 || names.includes(name))
const pages = await Promise.all(
  wanted.map(async ({ path, colorScheme, width, height, ...more }) => {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, locale: 'en-GB', ...more })
    await page.goto(base + path)
    return page
  }),
)
await pause(WARM_UP_MS)
for (const [i, { name }] of wanted.entries()) {
  await pages[i]!.screenshot({ path: join(FOLDER, `console-${name}.png`) })
  console.log(`docs/pictures/console-${name}.png`)
}
close()
await browser.close()
await app.close()
await broker.close({ deadlineMs: 0 })
