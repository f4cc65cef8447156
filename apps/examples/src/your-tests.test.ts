// Tests of your own handlers, queues and schedules: no Redis, and a year passes in a second.
import { bury, defineChannel, defineQueue, TICK_HEADER } from '@mq/core'
import type { Handler } from '@mq/core'
import { createTestBroker, runHandler } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { createScheduler } from '@mq/scheduler'
import { expect, it } from 'vitest'
import { z } from 'zod'

// #region handler
const films = defineQueue({
  name: 'films',
  payload: z.object({ name: z.string() }),
  result: z.object({ frames: z.int() }),
  attempts: 3,
  timeoutMs: 60_000,
  backoff: { kind: 'fixed', baseMs: 1_000, jitter: 0 },
})
const count: Handler<{ name: string }, { frames: number }> = async ({ name }, { attempt, progress, signal }) => {
  if (!name.endsWith('.mov')) return bury('not-a-film')
  if (name === 'endless.mov') await new Promise((resolve) => signal.addEventListener('abort', resolve))
  if (name === 'flaky.mov' && attempt === 1) throw new Error('the disk is slow')
  progress({ percent: 50 })
  return { frames: 1_440 }
}

it('counts the frames of a film, and of nothing else', async () => {
  expect(await runHandler(count, { name: 'big.mov' }, { queue: films })).toMatchObject({
    state: 'completed',
    result: { frames: 1_440 },
    progress: [{ percent: 50 }],
  })
  expect(await runHandler(count, { name: 'notes.txt' }, { queue: films })).toMatchObject({
    state: 'dead',
    reason: 'not-a-film',
  })
})

it('comes back after a second when the disk was slow, and gives up at its timeout', async () => {
  const run = (name: string, attempt: number) => runHandler(count, { name }, { queue: films, attempt })
  expect(await run('flaky.mov', 1)).toMatchObject({ state: 'retried', delayMs: 1_000 })
  expect(await run('flaky.mov', 2)).toMatchObject({ state: 'completed' })
  expect(await run('endless.mov', 3)).toMatchObject({ state: 'dead', error: { code: 'task-timeout' } }) // at once
})
// #endregion

// #region published
const news = defineChannel({ name: 'news', message: z.object({ film: z.string() }) })

it('tells the news, and enqueues the next step', async () => {
  await using broker = createTestBroker(memoryAdapter())
  broker.queue(films).process(async ({ name }) => {
    await broker.channel(news).publish({ film: name }, { headers: { from: 'films' } })
    await broker.queue('archive').enqueue({ name }, { delayMs: 60_000 })
    return { frames: 1 }
  })
  await broker.queue(films).enqueue({ name: 'big.mov' })
  await expect(broker.drain()).rejects.toThrow(/queue archive \(1 delayed .* no worker processes this queue\)/)
  expect(broker.published(news)).toEqual([{ message: { film: 'big.mov' }, headers: { from: 'films' } }])
  expect(broker.enqueued('archive')).toMatchObject([{ payload: { name: 'big.mov' }, options: { delayMs: 60_000 } }])
})
// #endregion

// #region year
it('makes a report each Monday at nine, in Berlin, all year', async () => {
  await using broker = createTestBroker(memoryAdapter())
  const reports = broker.queue('reports')
  await using scheduler = createScheduler(broker)
  await scheduler.upsert(reports, 'weekly', { cron: '0 9 * * 1', timeZone: 'Europe/Berlin', payload: {} })
  await broker.clock.advance(365 * 86_400_000) // no worker yet: one that polls for a year takes a while
  const ticks = broker.enqueued('reports').map(({ options }) => options.headers![TICK_HEADER]!)
  expect([52, 53]).toContain(ticks.length)
  expect(new Set(ticks.map((at) => at.slice(11, 16)))).toEqual(new Set(['07:00', '08:00'])) // summer, and winter

  let sent = 0
  reports.process(() => void sent++)
  await broker.drain()
  expect(sent).toBe(ticks.length)
})
// #endregion
