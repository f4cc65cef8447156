import { describe, expect, it } from 'vitest'
import { fill } from './fill.ts'
import { HAS_BROWSER, settled, sharePage } from './open-page.ts'

const WIDTH = 3_840
/** Of a screen of this width at arm's length: what is smaller cannot be read. */
const LEAST_PX = 15
const VIEWS = [
  '/',
  '/queues/mails',
  '/queues/mails?tab=dead',
  '/queues/mails/tasks/slow',
  '/queues/mails/keys',
  '/queues/mails/limits',
  '/schedules',
  '/workers',
  '/channels/orders',
  '/channels/orders/groups/audit',
  '/storage',
  '/changes',
]

interface Measured {
  readonly wide: number
  readonly body: number
  readonly main: number
  readonly small: readonly string[]
}

/** Text that is shown, and its size. */
const MEASURE = `(() => {
  const small = []
  for (const element of document.querySelectorAll('body *')) {
    const isText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')
    if (!isText || element.closest('.unseen, .skip, svg') || element.getClientRects().length === 0) continue
    const px = Number.parseFloat(getComputedStyle(element).fontSize)
    if (px < ${LEAST_PX}) small.push(px + ' px: ' + element.textContent.slice(0, 20))
  }
  return {
    wide: document.documentElement.scrollWidth,
    body: Number.parseFloat(getComputedStyle(document.body).fontSize),
    main: document.querySelector('main').getBoundingClientRect().width,
    small,
  }
})()`

describe.skipIf(!HAS_BROWSER)('on 3,840 px', () => {
  const shared = sharePage(fill, { viewport: { width: WIDTH, height: 2_160 } })

  it.each(VIEWS)('%s fits, takes more than half of the width, and its text can be read', async (view) => {
    const { page, open } = shared()
    await open(view)
    await page.locator('h1, #flow').first().waitFor()
    await page.locator('.link-state', { hasText: 'Live' }).waitFor()
    await settled(page)
    const { wide, body, main, small } = await page.evaluate<Measured>(MEASURE)
    expect(wide).toBeLessThanOrEqual(WIDTH)
    expect(main).toBeGreaterThan(WIDTH / 2)
    expect(body).toBeGreaterThanOrEqual(18)
    expect(small).toEqual([])
  })
})
