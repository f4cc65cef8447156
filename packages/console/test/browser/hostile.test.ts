import { bury, defineChannel, defineQueue } from '@mq/core'
import { createScheduler } from '@mq/scheduler'
import { describe, expect, it, vi } from 'vitest'
import type { Redact } from '../../src/index.ts'
import { CORPUS } from './hostile-texts.ts'
import { HAS_BROWSER, openPage, settled } from './open-page.ts'

describe.skipIf(!HAS_BROWSER)('what users stored', () => {
  it('is text wherever it is shown', async () => {
    const { broker, page, complaints, open } = await openPage('about:blank')
    const queue = broker.queue(defineQueue({ name: 'hostile', attempts: 1 }))
    const channel = broker.channel(defineChannel({ name: 'hostile', history: { maxCount: 100 } }))
    queue.process((payload) => {
      const { i } = payload as { i: number }
      const text = CORPUS[i % CORPUS.length]!
      if (i < CORPUS.length) return bury(text.slice(0, 900))
      throw Object.assign(new Error(text), { name: text.slice(0, 90), code: text.slice(0, 90), stack: text })
    })
    for (const [i, text] of [...CORPUS, ...CORPUS].entries()) {
      const headers = { [`x-${i}`]: text.slice(0, 500) }
      await queue.enqueue({ i, text, [text.slice(0, 100)]: [text] }, { id: `task-${i}`, headers })
      await queue.enqueue({ text }, { delayMs: 3_600_000, headers })
    }
    const schedules = createScheduler(broker, { ticks: false })
    const names = CORPUS.map((text) => text.trim().slice(0, 250))
    for (const name of names) {
      await schedules.upsert('hostile', name, { cron: '0 0 1 1 *', payload: name })
      await broker.queue('keyed').enqueue(name, { key: name })
    }
    await broker.queue('keyed').pause()
    await channel.consume('all', (message) => bury(String(message.payload).slice(0, 900)))
    for (const text of CORPUS) await channel.publish(text)
    await vi.waitFor(async () => expect((await queue.stats()).dead).toBe(2 * CORPUS.length))
    await vi.waitFor(async () => expect((await channel.group('all').stats()).dead).toBe(CORPUS.length))

    const tasks = [0, 13, 2, 15, 5, 22].map((i) => `/queues/hostile/tasks/task-${i}`)
    const searches = CORPUS.slice(0, 3).map((text) => `/queues/hostile?tab=dead&q=${encodeURIComponent(text)}`)
    const places = [
      '/',
      '/queues/hostile?tab=delayed',
      '/queues/hostile?tab=dead',
      '/channels/hostile',
      '/channels/hostile/groups/all',
      '/schedules',
      '/queues/hostile/schedules',
      '/queues/keyed/keys',
      ...names.slice(0, 3).map((name) => `/queues/hostile/schedules/${encodeURIComponent(name)}`),
      ...names.slice(0, 3).map((name) => `/queues/keyed/keys/${encodeURIComponent(name)}`),
    ]
    const addresses = [
      `/queues/${encodeURIComponent(CORPUS[1]!)}`,
      `/${encodeURIComponent(CORPUS[0]!)}`,
      `/queues/hostile/tasks/${encodeURIComponent('../..')}`,
    ]
    const seen: string[] = []
    for (const place of [...places, ...searches, ...tasks]) {
      await open(place)
      await page.locator('h1').first().waitFor()
      await settled(page)
      const strange = await page
        .locator('main :is(img, script, iframe, base, link, object, [onload], [onerror], a[href^="javascript:"])')
        .count()
      if (strange > 0 || (await page.title()) === 'taken') seen.push(place)
    }
    expect(seen).toEqual([])
    expect(await page.locator('main', { hasText: '\u202Eevil' }).count()).toBeLessThanOrEqual(1)
    expect(complaints).toEqual([])
    for (const place of addresses) {
      await open(place)
      await page.locator('.load-error, .empty').first().waitFor()
      expect(await page.title()).not.toBe('taken')
    }
  })

  it('is shown as redaction leaves it, also where that is of another kind', async () => {
    const redact: Redact = (value, { field }) => {
      if (field === 'headers') throw new Error('no')
      return field === 'log' ? { hidden: true } : value
    }
    const { broker, page, complaints, open } = await openPage('about:blank', { redact })
    const queue = broker.queue(defineQueue({ name: 'mails', attempts: 1 }))
    queue.process((_, context) => {
      context.log('secret')
      throw new Error('dead')
    })
    await queue.enqueue(1, { id: 'one', headers: { tenant: 'secret' } }).then((task) => task.outcome())
    await open('/queues/mails/tasks/one')
    await page.locator('.logs').waitFor()
    const text = await page.locator('main').innerText()
    expect(text).toContain('(withheld)')
    expect(text).toContain('{"hidden":true}')
    expect(text).not.toContain('secret')
    expect(complaints).toEqual([])
  })
})
