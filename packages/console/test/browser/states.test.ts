import { MqError } from '@mq/core'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { mqConsole } from '../../src/index.ts'
import { fill } from './fill.ts'
import { HAS_BROWSER, openPage, texts } from './open-page.ts'
import { NO_GROUP_STATS } from '../views/no-group-stats.ts'

const auth = {
  tokens: [
    { token: 'viewer-viewer-viewer', role: 'viewer', name: 'ada' },
    { token: 'operator-operator-operator', role: 'operator', name: 'grace' },
  ],
} as const

describe.skipIf(!HAS_BROWSER)('an honest page', () => {
  it('asks for a token, and then says why a viewer may not change anything', async () => {
    const { broker, page, base } = await openPage('/queues/mails', { auth })
    await fill(broker)
    await page.locator('h1', { hasText: 'Sign in' }).waitFor()
    await page.getByLabel('Token').fill('wrong-wrong-wrong-wrong')
    await page.click('button[type=submit]')
    await page.getByText('This token is not known here.').waitFor()
    await page.getByLabel('Token').fill('viewer-viewer-viewer')
    await page.click('button[type=submit]')
    await page.locator('h1', { hasText: 'mails' }).waitFor()
    const pause = page.locator('.actions button', { hasText: 'Pause' })
    expect(await pause.getAttribute('aria-disabled')).toBe('true')
    await pause.press('Enter')
    await page.locator('.toast', { hasText: 'This needs the role operator; you are viewer.' }).waitFor()
    expect((await broker.queue('mails').stats()).paused).toBe(false)
    expect(await page.locator('nav', { hasText: 'Changes' }).count()).toBe(0)
    expect(await page.evaluate('JSON.stringify([document.cookie, ...Object.values(localStorage)])')).not.toContain(
      'viewer-',
    )
    await page.locator('button.user', { hasText: 'ada' }).click()
    await page.locator('h1', { hasText: 'Sign in' }).waitFor()
    await page.goto(base)
    await page.locator('h1', { hasText: 'Sign in' }).waitFor()
  })

  it('shows nobody as signed out whom the server did not sign out', async () => {
    const { page } = await openPage('/', { auth })
    await page.getByLabel('Token').fill('viewer-viewer-viewer')
    await page.click('button[type=submit]')
    await page.locator('button.user').waitFor()
    await page.route('**/session', (route) => route.fulfill({ status: 503, json: { code: 'unavailable' } }))
    await page.locator('button.user', { hasText: 'ada' }).click()
    await page.locator('.toast.bad').waitFor()
    expect(await page.locator('button.user').count()).toBe(1)
  })

  it('says that it is read-only', async () => {
    const { broker, page, open } = await openPage('about:blank', { readOnly: true })
    await fill(broker)
    await open('/queues/mails')
    const pause = page.locator('.actions button', { hasText: 'Pause' })
    await page.locator('.actions button[title*="read-only"]', { hasText: 'Pause' }).waitFor()
    await pause.press('Enter')
    await page.locator('.toast', { hasText: 'read-only' }).waitFor()
  })

  it('shows the others where one queue cannot be read, and of that one why', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    await fill(broker)
    const fault = new MqError('layout-mismatch', 'this queue has layout 99, this version knows 2')
    Object.assign(broker.queue('bills'), { stats: () => Promise.reject(fault) })
    await open('/')
    await page
      .locator('#flow', { hasText: 'bills cannot be read (layout-mismatch): nobody knows whether its work flows.' })
      .waitFor()
    await page.locator('.flow', { hasText: '2 queues' }).waitFor()
    await page.locator('tr[data-row]', { hasText: 'Cannot be read: layout-mismatch' }).waitFor()
    await page.setViewportSize({ width: 360, height: 640 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await page.locator('tr[data-row]', { hasText: 'mails' }).waitFor()
    await page.click('tr[data-row] >> text=bills')
    await page.locator('.load-error', { hasText: 'Another version of mq wrote this' }).first().waitFor()
    await page.locator('.load-error', { hasText: 'this queue has layout 99' }).first().waitFor()
    expect(complaints).toEqual([])
  })

  it('keeps the groups that could not be read on every page of a channel that it has loaded', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    await fill(broker)
    const fault = new MqError('layout-mismatch', 'this group has layout 99')
    const asked: string[] = []
    await page.route('**/channels/orders/groups?*', async (route) => {
      const after = new URL(route.request().url()).searchParams.get('after') ?? '0'
      asked.push(after)
      const n = Number(after)
      const group = { ...NO_GROUP_STATS, name: `group-${n + 1}` }
      const unreadable = [{ what: 'group', name: `broken-${n + 1}`, code: fault.code }]
      await route.fulfill({ json: { groups: [group], unreadable, ...(n < 2 && { next: String(n + 1) }) } })
    })
    await open('/channels/orders')
    await page.locator('.groups', { hasText: 'broken-1' }).waitFor()
    for (const n of [2, 3]) {
      await page.click('.more button')
      await page.locator('.groups', { hasText: `broken-${n}` }).waitFor()
    }
    expect(await texts(page, '.groups .name')).toEqual([
      ...['broken-1', 'broken-2', 'broken-3'],
      ...['group-1', 'group-2', 'group-3'],
    ])
    expect(await page.locator('.more').count()).toBe(0)
    expect([...new Set(asked)]).toEqual(['0', '1', '2'])
    expect(complaints).toEqual([])
  })

  it('says that the server is gone and since when, and takes it up again', async () => {
    const { app, broker, page, base } = await openPage()
    await fill(broker)
    await page.locator('tr[data-row]', { hasText: 'mails' }).waitFor()
    const port = Number(new URL(base).port)
    await app.close()
    await page.locator('.banner', { hasText: /has not answered since \d\d:\d\d:\d\d/ }).waitFor()
    await page.locator('.link-state', { hasText: 'Server gone' }).waitFor()
    expect(await page.locator('tr[data-row]', { hasText: 'mails' }).count()).toBe(1)
    const again = Fastify({ forceCloseConnections: true })
    onTestFinished(() => again.close())
    await again.register(mqConsole, { broker })
    await again.listen({ port })
    await page.locator('.toast', { hasText: 'The server is back.' }).waitFor()
    await page.locator('.banner').waitFor({ state: 'detached' })
  })

  it('keeps its toasts until they can be read, and bad news until it is dismissed', async () => {
    const { broker, page, open } = await openPage('about:blank')
    await fill(broker)
    await page.clock.install()
    await open('/queues/bills')
    await page.locator('.title .state').waitFor()
    await page.click('.actions >> text=Pause')
    await page.locator('.toast', { hasText: 'bills is paused' }).waitFor()
    await page.route('**/resume', (route) =>
      route.fulfill({ status: 503, json: { code: 'unknown', detail: 'no reply', instance: 'request-7' } }),
    )
    await page.locator('.actions >> text=Resume').click()
    await page.locator('.toast', { hasText: 'it is unknown whether this was done' }).waitFor()
    await page.clock.runFor(5_000)
    expect(await page.locator('.toast', { hasText: 'bills is paused' }).count()).toBe(1)
    await page.clock.runFor(60_000)
    await page.locator('.toast', { hasText: 'bills is paused' }).waitFor({ state: 'detached' })
    expect(await page.locator('.toast.bad').allTextContents()).toEqual([expect.stringContaining('Request request-7')])
    await page.locator('.toast.bad').getByLabel('Dismiss').click()
    expect(await page.locator('.toast.bad').count()).toBe(0)
  })
})
