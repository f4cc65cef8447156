import { bury, defineChannel } from '@mq/core'
import type { Broker, ConsumerGroup } from '@mq/core'
import { describe, expect, it, vi } from 'vitest'
import { HAS_BROWSER, openPage } from './open-page.ts'

const ORDERS = defineChannel({ name: 'orders', history: { maxCount: 1_000 } })
const VIEW = '/channels/orders/groups/audit'

/** A group that buries what is odd, as long as it is broken. */
async function startGroup(broker: Broker) {
  const orders = broker.channel(ORDERS)
  const seen: number[] = []
  const state = { isBroken: true }
  await orders.consume('audit', ({ payload }) => {
    const n = payload as number
    if (state.isBroken && n % 2 === 1) return bury(`${n} is odd`)
    seen.push(n)
    return undefined
  })
  const group: ConsumerGroup = orders.group('audit')
  return { orders, seen, state, group }
}

describe.skipIf(!HAS_BROWSER)('an operator of a consumer group', () => {
  it('pauses it and resumes it', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    const { orders, seen, group } = await startGroup(broker)
    await open(VIEW)
    await page.click('.actions >> text=Pause')
    await page.locator('.toast', { hasText: 'audit is paused' }).waitFor()
    await page.locator('.title .state', { hasText: 'Paused' }).waitFor()
    await orders.publish(2)
    await page.locator('.why', { hasText: 'paused' }).waitFor()
    await page.locator('.figure', { hasText: 'Lag' }).getByText('1', { exact: true }).waitFor()
    expect([seen, (await group.stats()).paused]).toEqual([[], true])
    await page.click('.actions >> text=Resume')
    await page.locator('.title .state', { hasText: 'Flowing' }).waitFor()
    await vi.waitFor(() => expect(seen).toEqual([2]))
    expect(complaints).toEqual([])
  })

  it('lets it go back to the earliest message', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    const { orders, seen } = await startGroup(broker)
    for (const n of [2, 4, 6]) await orders.publish(n)
    await vi.waitFor(() => expect(seen).toEqual([2, 4, 6]))
    await open(VIEW)
    await page.click('.actions >> text=Seek…')
    await page.getByLabel('Minutes').fill('-1')
    await page.press('dialog button[type=submit]', 'Enter')
    expect(await page.locator('dialog button[type=submit]').getAttribute('aria-disabled')).toBe('true')
    await page.getByLabel('The earliest message that is kept').check()
    await page.click('dialog button[type=submit]')
    await page.locator('.toast', { hasText: 'audit goes on from the new place.' }).waitFor()
    await vi.waitFor(() => expect(seen).toEqual([2, 4, 6, 2, 4, 6]))
    expect(complaints).toEqual([])
  })

  it('redrives a dead letter and deletes another', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    const { orders, seen, state, group } = await startGroup(broker)
    for (const n of [1, 2, 3]) await orders.publish(n)
    await vi.waitFor(async () => expect((await group.stats()).dead).toBe(2))
    state.isBroken = false
    await open(VIEW)
    await page.locator('tr[data-row]', { hasText: '1 is odd' }).locator('input[type=checkbox]').check()
    await page.click('.bulk >> text=Redrive…')
    await page.click('dialog >> text=Dry run')
    await page.locator('output', { hasText: '1 letter would be redriven.' }).waitFor()
    expect((await group.stats()).dead).toBe(2)
    await page.click('dialog button[type=submit]')
    await page.locator('.toast', { hasText: '1 letter redriven.' }).waitFor()
    await vi.waitFor(() => expect(seen).toEqual([2, 1]))
    await page.locator('tr[data-row]', { hasText: '1 is odd' }).waitFor({ state: 'detached' })
    await page.locator('tr[data-row]', { hasText: '3 is odd' }).locator('input[type=checkbox]').check()
    await page.click('.bulk >> text=Discard…')
    await page.click('dialog button[type=submit]')
    await page.locator('.toast', { hasText: '1 letter deleted.' }).waitFor()
    await page.locator('.empty', { hasText: 'No dead letters.' }).waitFor()
    expect([(await group.stats()).dead, seen]).toEqual([0, [2, 1]])
    expect(complaints).toEqual([])
  })
})
