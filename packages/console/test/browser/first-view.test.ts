import { defineQueue } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { fill } from './fill.ts'
import { HAS_BROWSER, openPage } from './open-page.ts'

/** By hash: of a file's name only what it is stays. */
const called = (url: string): string => new URL(url).pathname.replace(/-[\w-]{8}\.(js|css)$/, '.$1')

describe.skipIf(!HAS_BROWSER)('the first view', () => {
  it('takes five requests and 75 KB, none of them for charts', async () => {
    const { broker, page, open } = await openPage('about:blank')
    await fill(broker)
    // However slow the machine is: a page that hears nothing for seconds asks once more.
    await page.clock.setFixedTime(Date.now())
    const asked: string[] = []
    let bytes = 0
    page.on('request', (request) => asked.push(called(request.url())))
    page.on('requestfinished', async (request) => {
      const { responseBodySize, responseHeadersSize } = await request.sizes()
      bytes += responseBodySize + responseHeadersSize
    })
    await open('/')
    await page.locator('#flow', { hasText: /^Work is/ }).waitFor()
    await page.locator('tr[data-row]', { hasText: 'mails' }).waitFor()
    // The icon is the browser's wish, and what is polled comes later.
    const needed = asked.filter((path) => !path.endsWith('/icon.svg'))
    expect(needed.toSorted()).toEqual([
      '/console/',
      '/console/api/v1/events',
      '/console/api/v1/session',
      '/console/assets/index.css',
      '/console/assets/index.js',
    ])
    // The stream of events does not end, and is not counted.
    await expect.poll(() => bytes).toBeGreaterThan(20_000)
    expect(bytes).toBeLessThan(75_000)
  })

  it('waits for nothing but its script, its styles and the live overview', async () => {
    const { broker, page, open } = await openPage('about:blank')
    await fill(broker)
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/api/v1/session', async (route) => {
      await held
      await route.continue()
    })
    await open('/')
    await page.locator('#flow', { hasText: /^Work is/ }).waitFor()
    await page.locator('tr[data-row]', { hasText: 'mails' }).waitFor()
    release()
  })

  it('weighs as much with two hundred queues: what there is more is the overview', async () => {
    const { broker, page, open } = await openPage('about:blank')
    for (let i = 0; i < 200; i++) await broker.queue(defineQueue({ name: `queue-${i}` })).enqueue(i)
    await page.clock.setFixedTime(Date.now())
    const asked: string[] = []
    page.on('request', (request) => asked.push(called(request.url())))
    await open('/')
    await page.locator('tr[data-row]').nth(199).waitFor()
    expect(asked.filter((path) => path.includes('/queues'))).toEqual([])
    expect(asked.filter((path) => path.endsWith('/events'))).toHaveLength(1)
  })
})
