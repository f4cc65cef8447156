import { describe, expect, it } from 'vitest'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { fill } from './fill.ts'
import { CORPUS, TAKEN } from './hostile-texts.ts'
import { HAS_BROWSER, openPage, settled, texts } from './open-page.ts'

const KEY = 'mq-console:views:/console/'

async function save(page: Page, name: string): Promise<void> {
  await page.keyboard.press('v')
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.click('dialog button[type=submit]')
}

const kept = (page: Page): Promise<string> => page.evaluate(`localStorage.getItem('${KEY}')`)

describe.skipIf(!HAS_BROWSER)('a view that is saved', () => {
  it('keeps its filters under a name, is found by Ctrl K after a restart, and can be deleted', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    await fill(broker)
    await open('/')
    await settled(page)
    expect(await page.locator('button', { hasText: 'Save view' }).count()).toBe(0)
    await open('/queues/mails?tab=dead&q=address')
    await page.locator('tr[data-row]', { hasText: 'no such address' }).waitFor()
    await page.click('button >> text=Save view…')
    expect(await page.locator('dialog button[type=submit]').getAttribute('aria-disabled')).toBe('true')
    await page.getByLabel('Name', { exact: true }).fill(' bad addresses ')
    await page.keyboard.press('Enter')
    await page.locator('.toast', { hasText: 'Saved as “bad addresses”.' }).waitFor()

    await open('/workers')
    await page.keyboard.press('Control+k')
    await page.locator('.palette input').fill('bad addr')
    await page.locator('.palette li', { hasText: 'Saved view' }).waitFor()
    await page.keyboard.press('Enter')
    await page.locator('tr[data-row]', { hasText: 'no such address' }).waitFor()
    expect(new URL(page.url()).search).toBe('?tab=dead&q=address')

    await open('/')
    await page.locator('h2', { hasText: 'Queues' }).waitFor()
    await page.keyboard.press('v')
    await page.click('dialog >> text=bad addresses')
    await page.locator('h1', { hasText: 'mails' }).waitFor()
    expect(new URL(page.url()).search).toBe('?tab=dead&q=address')
    await page.keyboard.press('v')
    await page.getByLabel('Delete “bad addresses”').click()
    await page.locator('.saved-views').waitFor({ state: 'detached' })
    expect(await kept(page)).toBe('[]')
    expect(complaints).toEqual([])
  })

  it('takes the place of one of the same name, and is one of fifty at the most', async () => {
    const { page, open } = await openPage('/workers?q=one')
    await page.locator('h1', { hasText: 'Workers' }).waitFor()
    await save(page, 'mine')
    await page.locator('.toast', { hasText: 'Saved as “mine”.' }).waitFor()
    await open('/workers?q=two')
    await page.locator('h1', { hasText: 'Workers' }).waitFor()
    await save(page, 'mine')
    await expect.poll(() => kept(page)).toBe(JSON.stringify([{ name: 'mine', address: 'workers?q=two' }]))
    const full = Array.from({ length: 50 }, (_, i) => ({ name: `view ${i}`, address: 'workers' }))
    await page.evaluate(`localStorage.setItem('${KEY}', ${JSON.stringify(JSON.stringify(full))})`)
    await save(page, 'one more')
    await page.locator('.toast.bad', { hasText: 'There are 50 already: delete one first.' }).waitFor()
    expect(JSON.parse(await kept(page))).toHaveLength(50)
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await save(page, 'view 7')
    await expect
      .poll(async () => JSON.parse(await kept(page)))
      .toContainEqual({ name: 'view 7', address: 'workers?q=two' })
    await open(`/workers?q=${'x'.repeat(4_000)}`)
    await page.locator('h1', { hasText: 'Workers' }).waitFor()
    await save(page, 'view 7')
    await page.locator('.toast.bad', { hasText: 'too long' }).waitFor()
  })

  it('is text, whatever its name, and leads nowhere else, whatever another program wrote there', async () => {
    const { page, complaints, open } = await openPage('/workers?q=x')
    await page.locator('h1', { hasText: 'Workers' }).waitFor()
    for (const name of CORPUS) {
      await save(page, name)
      await page.locator('dialog').waitFor({ state: 'detached' })
    }
    await open('/workers')
    await page.locator('h1', { hasText: 'Workers' }).waitFor()
    await page.keyboard.press('v')
    await page.locator('.saved-views li').first().waitFor()
    const names = await texts(page, '.saved-views a')
    expect(names.length).toBeGreaterThan(8)
    expect(names.filter((name) => name.length > 60 || /[\p{C}\p{Zl}]/u.test(name))).toEqual([])
    const strange = 'dialog :is(img, script, iframe, base, link, object, [onload], [onerror], a[href^="javascript:"])'
    expect([await page.locator(strange).count(), await page.title()]).not.toContain('taken')
    expect(await page.locator(strange).count()).toBe(0)
    await page.evaluate(axe.source)
    expect(await page.evaluate('axe.run("dialog").then(({ violations }) => violations.map(({ id }) => id))')).toEqual(
      [],
    )

    const lies = [
      null,
      7,
      { name: 'js', address: `javascript:${TAKEN}` },
      { name: 'elsewhere', address: '//elsewhere.example/' },
      { name: 'above', address: '../../../other' },
      { name: { toString: 1 }, address: 'workers' },
      { name: ' ', address: 'workers' },
      { name: 'long', address: 'x'.repeat(10_000) },
      { name: 'good', address: 'workers?q=z' },
      ...Array.from({ length: 1_000 }, (_, i) => ({ name: `n${i}`, address: 'workers' })),
    ]
    for (const text of [JSON.stringify(lies), '{"a":1}', '[[', 'null', '"x"']) {
      await page.evaluate(`localStorage.setItem('${KEY}', ${JSON.stringify(text)})`)
      await open('/workers')
      await page.locator('h1', { hasText: 'Workers' }).waitFor()
      await page.keyboard.press('v')
      await page.getByLabel('Name', { exact: true }).waitFor()
      const places = await page
        .locator('.saved-views a')
        .evaluateAll((links) => links.map((link) => (link as unknown as { href: string }).href))
      expect(places.length).toBeLessThanOrEqual(50)
      const base = new URL('/console/', page.url()).href
      expect(places.filter((href) => !href.startsWith(base))).toEqual([])
      if (text.includes('good')) expect(places).toContain(`${base}workers?q=z`)
    }
    expect(complaints).toEqual([])
  })

  it('says so where the browser remembers nothing, and fits into 360 px, in Chinese', async () => {
    const context = { locale: 'zh-CN', viewport: { width: 360, height: 800 } } as const
    const { page, complaints } = await openPage('/workers?q=x', {}, context)
    await page.locator('button', { hasText: '保存视图…' }).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await page.evaluate('Object.defineProperty(window, "localStorage", { get: () => { throw new Error("no") } })')
    await page.click('button >> text=保存视图…')
    await page.getByLabel('名称', { exact: true }).fill('常用')
    await page.click('dialog button[type=submit]')
    await page.locator('.toast.bad', { hasText: '此浏览器不允许页面保存任何内容。' }).waitFor()
    expect(complaints).toEqual([])
  })
})
