import { bury, defineQueue } from '@mq/core'
import { describe, expect, it, vi } from 'vitest'
import { HAS_BROWSER, openPage, settled, texts } from './open-page.ts'

const FETCHES = defineQueue({ name: 'fetches', attempts: 1 })

describe.skipIf(!HAS_BROWSER)('the flow of a task', () => {
  it('shows what it runs after and what runs after it, and why it is blocked, and leads there', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    const fetches = broker.queue(FETCHES)
    const packing = broker.queue('packing')
    // Ids that a path would take for something else.
    const parents = await fetches.enqueueAll(['lamp', '..', 'search'].map((id) => ({ payload: id, id })))
    const parcel = await packing.enqueue('order 1', { id: 'parcel', after: parents, onDead: 'run' })
    const letter = await packing.enqueue('letter', { id: 'letter', after: [parcel] })
    await packing.enqueue('survey', { id: 'survey', after: [letter, parcel] })
    await packing.enqueue('alone', { id: 'alone' })
    const worker = fetches.process(
      (payload, { signal }) => {
        if (payload === 'lamp') return bury('sold out')
        return new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      },
      { concurrency: 1, prefetch: false },
    )
    await vi.waitFor(async () => expect(await fetches.stats()).toMatchObject({ dead: 1, running: 1 }))
    await open('/queues/packing/tasks/parcel')
    await page.locator('.title .state', { hasText: 'Blocked' }).waitFor()
    const sentence = 'It runs after 3 tasks, of which 2 have not ended and 1 did not complete. It runs whatever'
    await page.locator('.why', { hasText: sentence }).waitFor()
    const before = page.locator('.flow-tree', { hasText: 'Runs after' }).first()
    await before.locator('.flow-task').first().waitFor()
    const states = await before.locator('.flow-task').allTextContents()
    expect(states.map((text) => text.replace(/\s+/g, ' '))).toEqual([
      'lamp fetches · Dead',
      '.. fetches · Running',
      'search fetches · Waiting',
    ])
    const after = page.locator('.flow-tree', { hasText: 'What runs after it' })
    await after.locator('.flow-task', { hasText: 'letter' }).getByText('packing · Blocked', { exact: true }).waitFor()
    await after.locator('.flow-task', { hasText: 'packing/letter (Blocked)' }).waitFor()
    expect(await texts(page, '.flow-counts li')).toEqual(['1 Dead', '1 Running', '1 Waiting', '3 Blocked'])
    for (const id of ['..', 'search']) {
      await page.locator('.flow-task a').getByText(id, { exact: true }).click()
      await page.locator('h1 .name').getByText(id, { exact: true }).waitFor()
      await page.locator('.flow-task a', { hasText: 'parcel' }).click()
      await page.locator('h1 .name', { hasText: 'parcel' }).waitFor()
    }
    await open('/queues/packing/tasks/alone')
    await page.locator('.why').waitFor()
    await settled(page)
    expect(await page.locator('.flow-part').count()).toBe(0)
    expect(complaints).toEqual([])
    await worker.close({ deadlineMs: 0 })
  })

  it('can be read with a thousand tasks, some at a time', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank', { rateLimit: false })
    const packing = broker.queue('packing')
    const root = await packing.enqueue('root', { id: 'root' })
    for (let n = 0; n < 2; n++) {
      await packing.enqueueAll(Array.from({ length: 700 }, (_, i) => ({ payload: i, after: [root] })))
    }
    await open('/queues/packing/tasks/root')
    await page.locator('.flow-counts', { hasText: '49 Blocked' }).waitFor()
    expect(await page.locator('.flow-task').count()).toBe(20)
    await page.click('.flow-level button')
    expect(await page.locator('.flow-task').count()).toBe(49)
    await page.click('.flow-part .more button')
    await page.locator('.flow-counts', { hasText: '249 Blocked' }).waitFor()
    await page.click('.flow-part .more button')
    await page.locator('.flow-counts', { hasText: '999 Blocked' }).waitFor()
    await page.locator('.note', { hasText: 'The flow has more than 1,000 tasks' }).waitFor()
    expect(await page.locator('.flow-task').count()).toBeLessThanOrEqual(120)
    await page.click('.flow-part >> text=Cancel the tree…')
    await page.locator('dialog', { hasText: 'more than 999 tasks' }).waitFor()
    expect(complaints).toEqual([])
  })

  it('is cancelled as a whole once it was asked for again, and only by who may', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    const packing = broker.queue('packing')
    const first = await packing.enqueue(1, { id: 'first' })
    const children = await packing.enqueueAll(
      [2, 3].map((payload) => ({ payload, id: `child-${payload}`, after: [first] })),
    )
    const last = await packing.enqueue(4, { id: 'last', after: children })
    await open('/queues/packing/tasks/first')
    await page.click('.flow-part >> text=Cancel the tree…')
    await page.locator('dialog', { hasText: 'the 3 tasks that run after it, directly or not' }).waitFor()
    await page.click('dialog >> text=Never mind')
    await page.locator('dialog').waitFor({ state: 'detached' })
    expect(await last.status()).toMatchObject({ blocked: true })
    await page.click('.flow-part >> text=Cancel the tree…')
    await page.getByLabel('Reason (optional)').fill('no longer wanted')
    await page.locator('dialog button[type=submit][aria-disabled=false]').click()
    await page.locator('.toast', { hasText: '4 tasks cancelled.' }).waitFor()
    await page.locator('.why', { hasText: 'It has ended: Cancelled (no longer wanted).' }).waitFor()
    for (const task of [first, ...children, last]) {
      expect(await task.outcome()).toMatchObject({ state: 'cancelled', reason: 'no longer wanted' })
    }
    await open('/changes')
    await page.locator('tr[data-row]', { hasText: 'cancelTask tree' }).waitFor()
    expect(complaints).toEqual([])
  })

  it('has a list of those that wait for others, and says how many they are', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    const packing = broker.queue('packing')
    const first = await packing.enqueue(1, { id: 'first' })
    await packing.enqueueAll(Array.from({ length: 1_000 }, (_, i) => ({ payload: i, delayMs: 3_600_000 })))
    await packing.enqueue(2, { id: 'second', after: [first] })
    await open('/')
    await page.locator('.figure', { hasText: 'Delayed' }).getByText('1 blocked').waitFor()
    await open('/queues/packing')
    await page.locator('.tabs a', { hasText: 'Blocked' }).click()
    await page.locator('tr[data-row]', { hasText: 'second' }).waitFor()
    await page.locator('tr[data-row] .unseen', { hasText: 'Blocked' }).first().waitFor({ state: 'attached' })
    expect(complaints).toEqual([])
  })
})
