import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { fill } from './fill.ts'
import { HAS_BROWSER, openPage, settled, sharePage, texts } from './open-page.ts'

const VIEWS = [
  '/',
  '/queues/mails',
  '/queues/mails?tab=dead',
  '/queues/mails?tab=blocked',
  '/queues/mails/tasks/broken',
  '/queues/mails/tasks/thanks',
  '/queues/mails/keys',
  '/queues/mails/keys/ada%20%26%20co',
  '/queues/mails/limits',
  '/queues/mails/schedules',
  '/queues/mails/schedules/nightly',
  '/queues/bills/keys',
  '/queues/bills/schedules',
  '/schedules',
  '/workers',
  '/channels',
  '/channels/orders',
  '/channels/orders/groups/audit',
  '/storage',
  '/changes',
  '/nowhere',
]

/** Rules that the page breaks, as axe sees it. It is run past the content policy, by the browser's own hand. */
async function violations(page: Page, ...rules: readonly string[]): Promise<string[]> {
  await page.evaluate(axe.source)
  const options = rules.length === 0 ? {} : { runOnly: rules }
  return page.evaluate(
    `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))`,
  )
}

async function isLoaded(page: Page): Promise<void> {
  await page.locator('.link-state', { hasText: /Live|实时/ }).waitFor()
  await settled(page)
}

describe.skipIf(!HAS_BROWSER)('every view is clean for axe, and complains of nothing', () => {
  const shared = sharePage(fill, {})

  it.each(VIEWS)('%s', async (view) => {
    const { page, complaints, open } = shared()
    await open(view)
    await isLoaded(page)
    expect(await violations(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  it.each([
    ['', 'Enqueue…'],
    ['', 'Redrive…'],
    ['/schedules', 'New schedule…'],
    ['/schedules/nightly', 'Edit…'],
    ['/limits', 'Change…'],
    ['/tasks/slow', 'Cancel the tree…'],
  ])('%s, the dialog of %s', async (view, dialog) => {
    const { page, complaints, open } = shared()
    await open(`/queues/mails${view}`)
    await page.click(`button:not([aria-disabled=true]) >> text=${dialog}`)
    await page.locator('dialog').waitFor()
    expect(await violations(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  it('the palette', async () => {
    const { page, complaints, open } = shared()
    await open('/')
    await page.keyboard.press('Control+k')
    await page.locator('.palette').waitFor()
    expect(await violations(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})

describe.skipIf(!HAS_BROWSER)('in Chinese, in the dark, every view fits into 360 px and has enough contrast', () => {
  const context = { colorScheme: 'dark', locale: 'zh-CN', viewport: { width: 360, height: 800 } } as const
  const shared = sharePage(fill, context)

  it.each(VIEWS)('%s', async (view) => {
    const { page, complaints, open } = shared()
    await open(view)
    await isLoaded(page)
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    if (VIEWS.indexOf(view) % 3 === 0) expect(await violations(page, 'color-contrast')).toEqual([])
    expect(complaints).toEqual([])
    expect(await page.getAttribute('html', 'lang')).toBe('zh-Hans')
  })
})

describe.skipIf(!HAS_BROWSER)('the page', () => {
  it('is reached by the keyboard alone', async () => {
    const { broker, page } = await openPage()
    await fill(broker)
    await page.locator('tr[data-row]', { hasText: 'mails' }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.locator('h1', { hasText: 'mails' }).waitFor()
    // At once: a pair that is pressed slowly is none.
    await Promise.all([page.keyboard.press('g'), page.keyboard.press('w')])
    await page.locator('h1', { hasText: 'Workers' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.locator('.palette input:focus').waitFor()
    await page.keyboard.type('mails/broken')
    await page.keyboard.press('Enter')
    await page.locator('h1', { hasText: 'broken' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console/queues/mails/tasks/broken')
    await page.keyboard.press('?')
    await page.locator('dialog', { hasText: 'Keyboard' }).waitFor()
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await page.goBack()
    await page.locator('h1', { hasText: 'Workers' }).waitFor()
  })

  it('hears a key that is pressed as soon as it is there, and what is typed next', async () => {
    const { broker, page, open } = await openPage('about:blank')
    await fill(broker)
    const press = `document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }))`
    await page.addInitScript(`addEventListener('DOMContentLoaded', () => ${press})`)
    await open('/')
    await page.locator('.palette input:focus').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.palette').waitFor({ state: 'detached' })
    const focused = `${press}, Promise.resolve().then(() => document.activeElement.closest('.palette') !== null)`
    expect(await page.evaluate(focused)).toBe(true)
  })

  it('keeps its filters in its address', async () => {
    const { broker, page, open } = await openPage()
    await fill(broker)
    await page.locator('tr[data-row]', { hasText: 'mails' }).waitFor()
    await page.fill('input[type=search]', 'bills')
    await page.locator('tr[data-row]', { hasText: 'mails' }).waitFor({ state: 'detached' })
    await page.click('button.sort >> text=Waiting')
    expect(new URL(page.url()).search).toBe('?q=bills&sort=-waiting')
    await open('/?q=bills&sort=-waiting')
    await page.locator('tr[data-row]').first().waitFor()
    expect(await texts(page, 'tr[data-row] .name')).toEqual(['bills'])
    expect(await page.inputValue('input[type=search]')).toBe('bills')
  })
})
