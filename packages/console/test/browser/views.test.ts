import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { fill } from './fill.ts'
import { HAS_BROWSER, openPage, settled, texts } from './open-page.ts'

const VIEWS = [
  '/',
  '/queues/mails',
  '/queues/mails?tab=dead',
  '/queues/mails/tasks/broken',
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

describe.skipIf(!HAS_BROWSER)('every view', () => {
  it('is clean for axe, and complains of nothing', async () => {
    const { broker, page, complaints, open } = await openPage()
    await fill(broker)
    const seen: string[] = []
    for (const view of VIEWS) {
      await open(view)
      await isLoaded(page)
      seen.push(...(await violations(page)).map((text) => `${view}: ${text}`))
    }
    await open('/queues/mails')
    for (const dialog of ['Enqueue…', 'Redrive…']) {
      await page.click(`.actions >> text=${dialog}`)
      await page.locator('dialog').waitFor()
      seen.push(...(await violations(page)).map((text) => `${dialog}: ${text}`))
      await page.keyboard.press('Escape')
    }
    for (const [view, dialog] of [
      ['schedules', 'New schedule…'],
      ['schedules/nightly', 'Edit…'],
      ['limits', 'Change…'],
    ] as const) {
      await open(`/queues/mails/${view}`)
      await page.click(`button:not([aria-disabled=true]) >> text=${dialog}`)
      await page.locator('dialog').waitFor()
      seen.push(...(await violations(page)).map((text) => `${dialog}: ${text}`))
      await page.keyboard.press('Escape')
    }
    await page.keyboard.press('Control+k')
    await page.locator('.palette').waitFor()
    seen.push(...(await violations(page)).map((text) => `palette: ${text}`))
    expect(seen).toEqual([])
    expect(complaints).toEqual([])
  })

  it('fits into 360 px and has enough contrast in the dark, in Chinese', async () => {
    const context = { colorScheme: 'dark', locale: 'zh-CN', viewport: { width: 360, height: 800 } } as const
    const { broker, page, complaints, open } = await openPage('/', {}, context)
    await fill(broker)
    const seen: string[] = []
    for (const view of VIEWS) {
      await open(view)
      await isLoaded(page)
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
      if (wide > 360) seen.push(`${view}: ${wide} px wide`)
      if (VIEWS.indexOf(view) % 3 === 0) seen.push(...(await violations(page, 'color-contrast')))
    }
    expect(seen).toEqual([])
    expect(complaints).toEqual([])
    expect(await page.getAttribute('html', 'lang')).toBe('zh-Hans')
  })

  it('is reached by the keyboard alone', async () => {
    const { broker, page } = await openPage()
    await fill(broker)
    await page.locator('tr[data-row]', { hasText: 'mails' }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.locator('h1', { hasText: 'mails' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('w')
    await page.locator('h1', { hasText: 'Workers' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.locator('.palette input').waitFor()
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
