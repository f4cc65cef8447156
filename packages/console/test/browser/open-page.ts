import { existsSync } from 'node:fs'
import { createBroker, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { mqConsole } from '../../src/index.ts'
import type { ConsoleOptions } from '../../src/index.ts'

const CHROMIUM = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find(existsSync)
if (CHROMIUM === undefined) {
  console.warn('skipped: no chromium on this machine (on Debian: apt-get install chromium-headless-shell)')
}
export const HAS_BROWSER = CHROMIUM !== undefined

let browser: Promise<Browser> | undefined
afterAll(async () => {
  await (await browser)?.close()
  browser = undefined
})

export interface OpenPage {
  readonly app: FastifyInstance
  readonly broker: Broker
  readonly page: Page
  /** Where the console is, without a slash at its end. */
  readonly base: string
  /** What the browser complained of: nothing, where all is well. */
  readonly complaints: readonly string[]
  open(path: string): Promise<void>
}

/** A console that listens, and a browser that has its page open. */
export async function openPage(
  path: `/${string}` | 'about:blank' = '/',
  options: Partial<ConsoleOptions> = {},
  context: BrowserContextOptions = {},
  atEnd: (close: () => Promise<void>) => void = onTestFinished,
): Promise<OpenPage> {
  const broker = options.broker ?? createBroker(memoryAdapter(), { logger: silentLogger })
  const app = Fastify({ routerOptions: { maxParamLength: 256 }, forceCloseConnections: true })
  await app.register(mqConsole, { ...options, broker })
  const base = `${await app.listen({ port: 0 })}${options.basePath ?? '/console'}`
  browser ??= chromium.launch({ executablePath: String(CHROMIUM), args: ['--no-sandbox'] })
  const opened = await (await browser).newContext({ locale: 'en-GB', ...context })
  atEnd(async () => {
    await opened.close()
    await app.close()
    await broker.close({ deadlineMs: 0 })
  })
  // Ends what hangs, as `vi.waitFor` does.
  opened.setDefaultTimeout(60_000)
  const page = await opened.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // A call that is refused is shown by the page itself.
    const isRefusal = message.text().startsWith('Failed to load resource')
    if (['error', 'warning'].includes(message.type()) && !isRefusal) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) complaints.push(`asked another place: ${request.url()}`)
  })
  const open = async (to: string): Promise<void> => {
    await page.goto(base + to)
  }
  if (path !== 'about:blank') await open(path)
  return { app, broker, page, base, complaints, open }
}

/** One page for all tests of a `describe`, each of which opens another view, so that each has time enough. */
export function sharePage(fill: (broker: Broker) => Promise<void>, context: BrowserContextOptions): () => OpenPage {
  let opened: OpenPage | undefined
  let close = async (): Promise<void> => undefined
  beforeAll(async () => {
    opened = await openPage('about:blank', {}, context, (end) => (close = end))
    await fill(opened.broker)
  })
  afterAll(() => close())
  return () => opened!
}

export const texts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allTextContents()

/** Until nothing is being loaded. */
export async function settled(page: Page): Promise<void> {
  await expect.poll(() => page.locator('main [aria-busy=true]').count()).toBe(0)
}
