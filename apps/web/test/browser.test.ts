import { feed, prodcons, pubsub, pubsubLog } from '@mq/contracts'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Page } from 'playwright-core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { EventStream } from './event-stream.ts'
import { testWeb } from './test-web.ts'

const CHROMIUM = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find(existsSync)
if (CHROMIUM === undefined) {
  console.warn('skipped: no chromium on this machine (on Debian: apt-get install chromium-headless-shell)')
}

/** The page in a browser of 360 px, and all that the browser complained of. */
async function openPage(first?: string) {
  const { app, broker } = await testWeb()
  const url = await app.listen({ port: 0 })
  const browser = await chromium.launch({ executablePath: String(CHROMIUM), args: ['--no-sandbox'] })
  onTestFinished(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 360, height: 800 } })
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(first ?? url)
  return { app, broker, browser, page, url, complaints }
}

const texts = (page: Page, selector: string) => page.locator(selector).allTextContents()

describe.skipIf(CHROMIUM === undefined)('the page in a browser', () => {
  it('shows live who got what, and tells the producer its result', async () => {
    const { broker, page, complaints } = await openPage()
    broker.queue(prodcons).process(async (element, { id, attempt }) => {
      const result = { element, square: element ** 2, worker: 'worker-1', tookMs: 5 }
      await broker.channel(feed).publish({ kind: 'task', id, attempt, result })
      return result
    })
    for (const subscriber of ['subscriber-1', 'subscriber-2']) {
      await broker.channel(pubsub).subscribe(({ epoch, n, payload: element }) => {
        return broker.channel(feed).publish({ kind: 'message', epoch, n, element, subscriber })
      })
    }
    await page.click('#prodcons')
    await page.locator('#prodcons-answer', { hasText: /worker-1 got your (\d) and answers (\d+)\./ }).waitFor()
    await page.locator('#tasks li', { hasText: 'worker-1' }).waitFor()
    await page.click('#pubsub')
    await page.locator('#messages li', { hasText: 'subscriber-2' }).waitFor()
    expect(await texts(page, '#messages li .worker')).toEqual(['subscriber-1', 'subscriber-2'])
    expect(await page.locator('#tasks li').count()).toBe(1)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(complaints).toEqual([])
  })

  it('shows what a group got, how far it is behind, and what was lost', async () => {
    const { broker, page, complaints } = await openPage()
    const [shown, log] = [broker.channel(feed), broker.channel(pubsubLog)]
    await log.consume('audit', async ({ epoch, n, payload: element }) => {
      await shown.publish({ kind: 'group', epoch, n, element, group: 'audit', member: 'member-1' })
    })
    await page.click('#pubsub')
    await page.locator('#messages li', { hasText: 'group audit' }).filter({ hasText: 'member-1' }).waitFor()
    await page.locator('#lag', { hasText: /^0$/ }).waitFor()

    await log.group('audit').pause()
    await page.click('#pubsub')
    await page.locator('#lag', { hasText: /^1$/ }).waitFor()

    await shown.publish({ kind: 'lost', size: 3, by: 'subscriber-1' })
    await page.locator('#messages li', { hasText: 'lost 3' }).filter({ hasText: 'subscriber-1' }).waitFor()
    expect(await page.locator('#messages li').count()).toBe(2)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(complaints).toEqual([])
  })

  it('shows what comes from Redis as text', async () => {
    const { broker, page, complaints } = await openPage()
    const worker = '<img src=x onerror="document.title = `taken`"><b>bold</b>'
    const result = { element: 7, square: 49, worker, tookMs: 5 }
    await vi.waitFor(async () => {
      await broker.channel(feed).publish({ kind: 'task', id: 'a', attempt: 1, result })
      expect(await texts(page, '#tasks li .worker')).toEqual([worker])
    })
    expect(await page.locator('#tasks b, #tasks img').count()).toBe(0)
    expect(await page.title()).not.toBe('taken')
    expect(complaints).toEqual([])
  })

  it('comes back once there is a seat again, though it was refused', async () => {
    const { app, broker, page, url, complaints } = await openPage('about:blank')
    const taken = await Promise.all(Array.from({ length: 25 }, () => EventStream.open(app)))
    await page.goto(url)
    await page.locator('#link', { hasText: 'reconnecting' }).waitFor()
    expect(await page.evaluate("fetch('/events').then(({ status }) => status)")).toBe(503)
    for (const stream of taken) await stream.close()
    await page.locator('#link', { hasText: 'live' }).waitFor()
    await broker.channel(feed).publish({ kind: 'lost', size: 3, by: 'subscriber-1' })
    await page.locator('#messages li', { hasText: 'lost 3' }).waitFor()
    expect(complaints.filter((text) => !text.includes('503'))).toEqual([])
  })

  it('says that it is unknown whether a task was taken, and what became of it', async () => {
    const { broker, page } = await openPage()
    broker.queue(prodcons).process((element) => ({ element, square: element ** 2, worker: 'worker-1', tookMs: 5 }))
    const task = await broker.queue(prodcons).enqueue(7)
    await page.route('**/queues/prodcons/tasks?*', (route) =>
      route.fulfill({
        status: 503,
        headers: { location: `/queues/prodcons/tasks/${task.id}` },
        json: { code: 'unknown', message: 'the storage did not answer', id: task.id },
      }),
    )
    await page.click('#prodcons')
    await page.locator('#prodcons-answer', { hasText: /^Unknown: the storage did not answer/ }).waitFor()
    await page.locator('#prodcons-answer', { hasText: /worker-1 got your \d and answers 49\./ }).waitFor()
  })

  it.each([
    ['is paused', [{ waiting: 1, paused: true }], 'The queue is paused: nobody gets a task.'],
    [
      'waits',
      [
        { waiting: 500, oldestWaitMs: 2_500 },
        { waiting: 500, oldestWaitMs: 3_500 },
      ],
      'Nobody takes what waits: is a worker there?',
    ],
    ['waited between two tasks', [{ waiting: 500, oldestWaitMs: 60_000 }], ''],
    ['is worked off', Array(3).fill({ waiting: 500, running: 10, oldestWaitMs: 60_000 }), ''],
    ['flows again', [...Array(3).fill({ waiting: 500, oldestWaitMs: 9_000 }), { waiting: 0 }], ''],
  ])('does not look well while nothing is done: a queue that %s', async (_what, states, words) => {
    const { page, url } = await openPage('about:blank')
    const events = states.map((stats) => ({ storage: 'up', queues: { prodcons: { running: 0, dead: 0, ...stats } } }))
    const body = events.map((data) => `event: status\ndata: ${JSON.stringify(data)}\n\n`)
    await page.route('**/events*', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body: ['retry: 60000\n\n', ...body].join('') }),
    )
    await page.goto(url)
    await page.locator('#link', { hasText: 'reconnecting' }).waitFor() // it has read all of it
    expect(await page.textContent('#flow')).toBe(words)
    expect(await page.getByRole('link', { name: 'Console' }).getAttribute('href')).toBe('/console/')
  })

  it('works as plain links without scripts', async () => {
    const { broker, browser, url } = await openPage()
    const plain = await browser.newPage({ javaScriptEnabled: false })
    await plain.goto(url)
    await plain.click('#prodcons')
    expect(plain.url()).toBe(`${url}/`)
    expect((await broker.queue(prodcons).stats()).waiting).toBe(1)
  })
})
