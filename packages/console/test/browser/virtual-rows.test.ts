import { describe, expect, it } from 'vitest'
import { HAS_BROWSER, openPage } from './open-page.ts'

const COUNT = 200

describe.skipIf(!HAS_BROWSER)('the rows of a long list', () => {
  it('are there although the list begins far below the screen, and fill the screen when it comes up', async () => {
    const { page, broker, open } = await openPage('about:blank')
    await broker.queue('mails').enqueueAll(Array.from({ length: COUNT }, (_, payload) => ({ payload })))
    await page.setViewportSize({ width: 800, height: 700 })
    await open('/queues/mails')
    const rows = page.locator('tr[data-row]')
    await rows.first().waitFor()
    const pushDown = (px: number): Promise<unknown> =>
      page.evaluate(`document.querySelector('main').style.paddingTop = '${px}px'`)
    await pushDown(3_000)
    await expect.poll(() => rows.count()).toBe(12)
    await pushDown(0)
    await page.evaluate(`document.querySelector('details').open = false`)
    await expect.poll(() => rows.count()).toBeGreaterThan(15)
    expect(await rows.count()).toBeLessThan(60)
  })
})
