import { bury, defineChannel } from '@mq/core'
import { describe, expect, it, vi } from 'vitest'
import { HAS_BROWSER, openPage, texts } from './open-page.ts'

const ORDERS = defineChannel({ name: 'orders', history: { maxCount: 1_000 } })

describe.skipIf(!HAS_BROWSER)('the first view', () => {
  it('says that a group has messages and no member, and shows lag and dead letters of all groups', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    const orders = broker.channel(ORDERS)
    await orders.consume('audit', () => bury('no'))
    await (await orders.consume('billing', () => undefined)).close()
    for (const n of [1, 2, 3]) await orders.publish(n)
    await vi.waitFor(async () => expect((await orders.group('audit').stats()).dead).toBe(3))
    await open('/')
    const sentence = 'Messages are stuck in the group billing of orders: 3 messages wait, and it has no member.'
    await page.locator('.flow.bad', { hasText: sentence }).waitFor()
    await page.locator('.flow', { hasText: '0 queues · 2 groups · 1 worker' }).waitFor()
    await page.locator('.figure.tone-bad', { hasText: '+ 3 in groups' }).waitFor()
    expect(await texts(page, '.groups [data-row] .name')).toEqual(['billing', 'audit'])
    await page.locator('.groups [data-row]', { hasText: 'No member' }).waitFor()
    await page.click('.groups >> text=billing')
    await page.locator('h1', { hasText: 'billing' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/console/channels/orders/groups/billing')
    await page.locator('.why', { hasText: 'The group has no member' }).waitFor()
    const ask = page.getByLabel('What became of message number… (the newest is 3)')
    await ask.fill('3')
    await page.locator('.why', { hasText: 'What became of message 3' }).getByText('no member').waitFor()
    await ask.fill('4')
    await page.locator('.why', { hasText: 'the newest message of the channel has the number 3' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.locator('.palette input:focus').waitFor()
    await page.keyboard.type('orders audit')
    await page.keyboard.press('Enter')
    await page.locator('h1', { hasText: 'audit' }).waitFor()
    expect(complaints).toEqual([])
  })
})
