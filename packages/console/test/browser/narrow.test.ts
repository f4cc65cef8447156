import { bury, defineChannel, defineQueue } from '@mq/core'
import type { Broker } from '@mq/core'
import { createScheduler } from '@mq/scheduler'
import type { Page, Route } from 'playwright-core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { HAS_BROWSER, settled, sharePage } from './open-page.ts'

/** As long as names may be, and nowhere to break. */
const long = (kind: string, length: number): string => `${kind}${'M'.repeat(length - kind.length - 1)}Z`
const QUEUE = long('queue', 128)
const CHANNEL = long('channel', 128)
const GROUP = long('group', 128)
const TASK = long('task', 128)
const DEAD = long('dead', 128)
const CHILD = long('child', 128)
const KEY = long('key', 256)
const SCHEDULE = long('schedule', 256)
const A_DAY_MS = 86_400_000

async function fillWithLongNames(broker: Broker): Promise<void> {
  const queue = broker.queue(defineQueue({ name: QUEUE, attempts: 1, limits: { perKey: { concurrency: 1 } } }))
  queue.process((payload, { signal }) => {
    if (payload === 'dead') return bury(long('reason', 200))
    return new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  })
  await queue.enqueue({ text: long('payload', 900) }, { id: TASK, key: KEY, headers: { [long('x', 200)]: KEY } })
  await queue.enqueue('waits', { key: KEY })
  const child = await queue.enqueue('child', { id: CHILD, after: [{ queue: QUEUE, id: TASK }] })
  await queue.enqueue('grandchild', { after: [child] })
  await queue.enqueue('dead', { id: DEAD })
  await createScheduler(broker, { ticks: false }).upsert(QUEUE, SCHEDULE, {
    cron: '0 3 * * *',
    timeZone: 'America/Argentina/ComodRivadavia',
    payload: 1,
    // So far away that no time of the day at which the test runs makes its texts shorter.
    from: Date.now() + 99_999 * A_DAY_MS,
  })
  const channel = broker.channel(defineChannel({ name: CHANNEL, history: { maxCount: 10 } }))
  await channel.consume(GROUP, () => bury(long('reason', 200)))
  await channel.publish({ text: long('message', 900) })
  await vi.waitFor(async () => {
    expect(await queue.stats()).toMatchObject({ running: 1, dead: 1 })
    expect(await channel.group(GROUP).stats()).toMatchObject({ dead: 1 })
  })
}

const of = `/queues/${QUEUE}`
/** Each with what its heading names, if it does. */
const VIEWS: readonly (readonly [view: string, named?: string])[] = [
  ['/'],
  [of, QUEUE],
  [`${of}?tab=running`, QUEUE],
  [`${of}?tab=blocked`, QUEUE],
  [`${of}?tab=dead`, QUEUE],
  [`${of}/tasks/${TASK}`, TASK],
  [`${of}/tasks/${DEAD}`, DEAD],
  [`${of}/tasks/${CHILD}`, CHILD],
  [`${of}/keys`, QUEUE],
  [`${of}/keys/${KEY}`, KEY],
  [`${of}/limits`, QUEUE],
  [`${of}/schedules`, QUEUE],
  [`${of}/schedules/${SCHEDULE}`, SCHEDULE],
  ['/schedules'],
  ['/workers'],
  ['/channels'],
  [`/channels/${CHANNEL}`, CHANNEL],
  [`/channels/${CHANNEL}/groups/${GROUP}`, GROUP],
  ['/storage'],
  ['/changes'],
]

/** What is wider than the screen, and texts that are cut where nothing says how they go on. */
async function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const faults = []
    const wide = document.documentElement.scrollWidth
    if (wide > innerWidth) faults.push(wide + ' px wide')
    for (const element of document.querySelectorAll('body *')) {
      const style = getComputedStyle(element)
      const isCut =
        (style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1) ||
        (style.webkitLineClamp !== 'none' && element.scrollHeight > element.clientHeight + 1)
      const isUnseen = element.closest('.unseen, svg, .skip') !== null || element.clientWidth <= 1
      if (!isCut || isUnseen || style.display === 'none') continue
      const seen = element.cloneNode(true)
      for (const one of seen.querySelectorAll('.unseen')) one.remove()
      const text = seen.textContent.replace(/\\s/g, '')
      const said = (element.closest('[title]')?.title ?? '').replace(/\\s/g, '')
      if (!said.includes(text)) faults.push('cut: ' + element.tagName + '.' + element.className + ' ' + text.slice(0, 12))
    }
    return faults
  })()`)
}

const DIALOGS: readonly (readonly [view: string, button: string])[] = [
  [of, 'Enqueue…'],
  [of, 'Purge…'],
  [of, 'Redrive…'],
  [`${of}/tasks/${TASK}`, 'Cancel'],
  [`${of}/tasks/${TASK}`, 'Cancel the tree…'],
  [`${of}/tasks/${DEAD}`, 'Redrive…'],
  [`${of}/limits`, 'Change…'],
  [`${of}/schedules`, 'New schedule…'],
  [`${of}/schedules/${SCHEDULE}`, 'Edit…'],
  [`${of}/schedules/${SCHEDULE}`, 'Remove…'],
  [`/channels/${CHANNEL}`, 'Publish…'],
  [`/channels/${CHANNEL}/groups/${GROUP}`, 'Seek…'],
  [`/channels/${CHANNEL}/groups/${GROUP}`, 'Remove…'],
]

/** Of a test: without what makes its names long. */
const called = (text: string): string => text.replaceAll(/M{9,}/g, '…')
const views = VIEWS.map(([view, named]) => ({ view, named, called: called(view) }))
const dialogs = DIALOGS.map(([view, button]) => ({ view, button, called: called(view) }))

describe.skipIf(!HAS_BROWSER)('on 360 px, with names as long as they may be', () => {
  const shared = sharePage(fillWithLongNames, { viewport: { width: 360, height: 800 } })

  it.each(views)(
    '$called fits, its heading is not cut, and what is cut says how it goes on',
    async ({ view, named }) => {
      const { page, open } = shared()
      await open(view)
      await page.locator('h1').first().waitFor()
      await page.locator('.link-state', { hasText: 'Live' }).waitFor()
      await settled(page)
      if (named !== undefined) await page.locator('h1 .name', { hasText: named }).waitFor()
      const cut = await page.evaluate<string[]>(
        `[...document.querySelectorAll('h1 .name, .crumbs a')]
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline')
        .map((one) => one.textContent)`,
      )
      expect([...cut, ...(await faultsOf(page))]).toEqual([])
    },
  )

  it.each(['waiting', 'running', 'blocked'])('times of another year fit into the list of %s ones', async (tab) => {
    const { page, open } = shared()
    const years = (text: string): string =>
      text.replaceAll(/("(?:enqueuedAt|leaseEndsAt|dueAt)":)(\d+)/g, (_, name: string, at: string) => {
        return `${name}${Number(at) - 777 * A_DAY_MS}`
      })
    const changed = async (route: Route): Promise<void> => {
      const response = await route.fetch()
      await route.fulfill({ response, body: years(await response.text()) })
    }
    await page.route('**/tasks?*', changed)
    // The others have the page after it.
    onTestFinished(() => page.unroute('**/tasks?*', changed))
    await open(`${of}?tab=${tab}`)
    // The view of a test before may show the same list, and asks again only after a while.
    await page.reload()
    const old = page.locator('tr[data-row] .time', { hasText: /77\d d/ })
    await old
      .first()
      .waitFor()
      .catch(async (error: Error) => {
        throw new Error(`${error.message}\nThe page says: ${await page.locator('body').innerText()}`)
      })
    expect(await faultsOf(page)).toEqual([])
  })

  it.each(dialogs)('the dialog of $button on $called fits', async ({ view, button }) => {
    const { page, open } = shared()
    await open(view)
    await page
      .locator(`.actions button:not([aria-disabled=true]), .block-head button:not([aria-disabled=true])`, {
        hasText: button,
      })
      .first()
      .click()
    await page.locator('dialog').waitFor()
    const wide = await page.evaluate<number>(
      `document.querySelector('dialog').scrollWidth - document.querySelector('dialog').clientWidth`,
    )
    expect(wide).toBeLessThanOrEqual(0)
    expect(await faultsOf(page)).toEqual([])
  })

  it('the palette fits', async () => {
    const { page, open } = shared()
    await open('/')
    await page.keyboard.press('Control+k')
    await page.locator('.palette li', { hasText: CHANNEL }).first().waitFor()
    expect(await faultsOf(page)).toEqual([])
  })
})
