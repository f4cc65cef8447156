import { describe, expect, it } from 'vitest'
import { fill } from './fill.ts'
import { HAS_BROWSER, openPage, settled } from './open-page.ts'

describe.skipIf(!HAS_BROWSER)('an operator', () => {
  it('cancels a running task', async () => {
    const { broker, page, open, complaints } = await openPage('about:blank')
    await fill(broker)
    await open('/queues/mails/tasks/slow')
    await page.locator('.why', { hasText: 'It is running.' }).waitFor()
    await page.click('.actions >> text=Cancel')
    await page.getByLabel('Reason (optional)').fill('not needed')
    await page.click('dialog button[type=submit]')
    await page.locator('.toast', { hasText: 'Cancelled.' }).waitFor()
    await page.locator('.why', { hasText: 'It has ended: Cancelled (not needed).' }).waitFor()
    expect(await broker.queue('mails').task('slow').outcome()).toMatchObject({
      state: 'cancelled',
      reason: 'not needed',
    })
    expect(complaints).toEqual([])
  })

  it('redrives a dead letter with an edited payload', async () => {
    const { broker, page, open, complaints } = await openPage('about:blank')
    await fill(broker)
    await open('/queues/mails?tab=dead')
    await page.locator('tr[data-row]', { hasText: 'no such address' }).waitFor()
    await page.getByLabel('Select broken', { exact: true }).check()
    await page.click('.bulk >> text=Redrive…')
    await page.getByLabel('Edit the payload').check()
    const payload = page.getByLabel('Payload', { exact: true })
    expect(JSON.parse(await payload.inputValue())).toEqual({ to: 'nobody' })
    await payload.fill('{ "to": ')
    await page.press('dialog button[type=submit]', 'Enter')
    expect(await page.getByText('This is not JSON').count()).toBe(1)
    await payload.fill('{ "to": "bob" }')
    await page.click('dialog >> text=Dry run')
    await page.locator('output', { hasText: '1 letter would be redriven.' }).waitFor()
    await page.click('dialog button[type=submit]')
    await page.locator('.toast', { hasText: '1 letter redriven.' }).waitFor()
    expect(await broker.queue('mails').task('broken').result()).toBe('sent to bob')
    await open('/queues/mails/tasks/broken')
    await page.locator('.code', { hasText: 'sent to bob' }).waitFor()
    expect(complaints).toEqual([])
  })

  it('pauses a queue, and purges it only after its name is typed', async () => {
    const { broker, page, open } = await openPage('about:blank')
    await fill(broker)
    await open('/queues/bills')
    await page.click('.actions >> text=Pause')
    await page.locator('.title .state', { hasText: 'Paused' }).waitFor()
    await page.click('.actions >> text=Purge…')
    await page.press('dialog button[type=submit]', 'Enter')
    expect(await broker.queue('bills').stats()).toMatchObject({ paused: true, waiting: 1, delayed: 1 })
    await page.getByLabel('Type bills to confirm').fill('bills')
    await page.click('dialog button[type=submit]')
    await page.locator('.toast', { hasText: '1 task purged.' }).waitFor()
    expect(await broker.queue('bills').stats()).toMatchObject({ waiting: 0, delayed: 1 })
  })

  it('finds tasks by their payload, and runs and cancels several at once', async () => {
    const { broker, page, open } = await openPage('about:blank')
    const bills = broker.queue('bills')
    for (let i = 0; i < 30; i++) await bills.enqueue({ bill: `number-${i}` }, { id: `bill-${i}`, delayMs: 3_600_000 })
    await open('/queues/bills?tab=delayed&q=number-2')
    await page.locator('tr[data-row]', { hasText: 'number-29' }).waitFor()
    expect(await page.locator('tr[data-row]').count()).toBe(11)
    await page.getByLabel('Select all that are loaded').check()
    await page.locator('.bulk', { hasText: '11 selected' }).waitFor()
    await page.click('.bulk >> text=Run now')
    await page.locator('.toast', { hasText: '11 tasks changed.' }).waitFor()
    expect(await bills.stats()).toMatchObject({ waiting: 11, delayed: 19 })
  })

  it('stops a worker after it was asked once more', async () => {
    const { broker, page, open, complaints } = await openPage('about:blank')
    const stops: unknown[] = []
    const worker = broker.queue('bills').process(() => undefined, { onStop: (stop) => stops.push(stop) })
    await worker.ready()
    await open('/workers')
    await page.click('tr[data-row] >> text=Stop…')
    await page.locator('dialog', { hasText: 'It cannot be resumed' }).waitFor()
    await page.click('dialog >> text=Never mind')
    await page.locator('dialog').waitFor({ state: 'detached' })
    expect((await broker.workers()).map(({ state }) => state)).toEqual(['working'])
    await page.click('tr[data-row] >> text=Stop…')
    await page.click('dialog button[type=submit]')
    await page.locator('.toast', { hasText: 'was asked to stop.' }).waitFor()
    await page.locator('.empty', { hasText: 'No worker is alive.' }).waitFor()
    expect(stops).toEqual([{ by: 'local' }])
    expect(complaints).toEqual([])
  })

  it('draws what is on the screen of a long list, and loads the rest on the way', async () => {
    const { broker, page, open } = await openPage('about:blank')
    const bills = broker.queue('bills')
    await bills.enqueueAll(Array.from({ length: 500 }, (_, bill) => ({ payload: { bill }, id: `bill-${bill}` })))
    await open('/queues/bills')
    await page.locator('tr[data-row]').first().waitFor()
    for (let i = 0; i < 40 && (await page.getByText('bill-499', { exact: true }).count()) === 0; i++) {
      await page.mouse.wheel(0, 3_000)
      await settled(page)
    }
    await page.getByText('bill-499', { exact: true }).waitFor()
    for (const width of [768, 360]) {
      await page.setViewportSize({ width, height: 800 })
      const gap = await page.evaluate<number>(
        `document.querySelector('.tasks').getBoundingClientRect().right - document.querySelector('.tasks [data-row]').getBoundingClientRect().right`,
      )
      expect(gap).toBeLessThan(2)
    }
    expect(await page.locator('tr[data-row]').count()).toBeLessThan(80)
    expect(await page.locator('.list-head', { hasText: '500 loaded' }).count()).toBe(1)
  })
})
