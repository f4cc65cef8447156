// DESIGN §8: at c = 100 at most 0.1 Redis commands a task, those in scripts counted, and 0.01 round trips. Counted, not timed.
import { defineChannel, defineQueue, systemClock } from '@mq/core'
import type { Clock } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const TASKS = 20_000
/**
 * For the worker no time passes while it works, as on a machine that has nothing else to do. On one that has, it would give back what it
 * holds ahead, and claim less: more commands, as it should be, but not what is counted here.
 */
const clock: Clock = { ...systemClock, now: () => 0 }
/** Of connecting and of this test itself. */
const OTHERS = /^(?:info|config|client|ping|hello|command|select|auth|subscribe|unsubscribe|quit)/

async function counts(): Promise<{ all: number; trips: number }> {
  const stats = await lab.redis.info('commandstats')
  let [all, trips] = [0, 0]
  for (const [, name = '', calls] of stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (OTHERS.test(name)) continue
    all += Number(calls)
    if (name.startsWith('eval')) trips += Number(calls)
  }
  return { all, trips }
}

async function reset(): Promise<void> {
  await lab.redis.call('CONFIG', 'RESETSTAT')
}

async function filled(name: string): Promise<void> {
  const queue = (await lab.broker()).queue(name)
  for (let from = 0; from < TASKS; from += 1_000) {
    await queue.enqueueAll(Array.from({ length: 1_000 }, (_, i) => ({ payload: from + i })))
  }
}

describe('commands', () => {
  it.each([true, false])(
    'to process 20,000 tasks at c = 100 are at most 0.1 a task, with keepResults %s',
    async (keepResults) => {
      const name = lab.freshName()
      await filled(name)
      const broker = await lab.broker({ clock })
      await reset()
      let done = 0
      const worker = broker
        .queue(defineQueue({ name, keep: keepResults ? {} : { results: false } }))
        .process((payload) => (done++, payload), { concurrency: 100 })
      await eventually(() => done === TASKS, 'all tasks done')
      await worker.close()
      const { all, trips } = await counts()
      console.log(
        `process, keepResults ${keepResults}: ${all / TASKS} commands and ${trips / TASKS} round trips a task`,
      )
      expect(all / TASKS).toBeLessThanOrEqual(0.1)
      expect(trips / TASKS).toBeLessThanOrEqual(0.01)
    },
  )

  it('to enqueue 20,000 tasks by 1,000 callers at once are at most 0.1 a task', async () => {
    const queue = (await lab.broker()).queue(lab.freshName())
    await queue.enqueue(0)
    await reset()
    let left = TASKS
    await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        while (left-- > 0) await queue.enqueue(left)
      }),
    )
    const { all, trips } = await counts()
    console.log(`enqueue: ${all / TASKS} commands and ${trips / TASKS} round trips a task`)
    expect(all / TASKS).toBeLessThanOrEqual(0.1)
    expect(trips / TASKS).toBeLessThanOrEqual(0.01)
  })

  it('to consume 20,000 messages at c = 100 are at most 0.1 a message', async () => {
    const definition = defineChannel({ name: lab.freshName(), history: { maxCount: 1_000_000 } })
    const channel = (await lab.broker()).channel(definition)
    for (let from = 0; from < TASKS; from += 1_000) {
      await channel.publishAll(Array.from({ length: 1_000 }, (_, i) => ({ message: from + i })))
    }
    const broker = await lab.broker({ clock })
    await reset()
    let done = 0
    const worker = await broker
      .channel(definition)
      .consume('audit', () => void done++, { from: 'earliest', concurrency: 100 })
    await eventually(() => done === TASKS, 'all messages done')
    await worker.close()
    const { all, trips } = await counts()
    console.log(`consume: ${all / TASKS} commands and ${trips / TASKS} round trips a message`)
    expect(all / TASKS).toBeLessThanOrEqual(0.1)
    expect(trips / TASKS).toBeLessThanOrEqual(0.01)
  })

  it.each([
    { what: 'ids', own: (n: number) => ({ id: `id-${n}` }) },
    { what: 'keys of a deduplication', own: (n: number) => ({ dedupe: { key: `key-${n}`, windowMs: 60_000 } }) },
  ])('to enqueue 1,000 tasks in one call are no more for their $what', async ({ own }) => {
    const queue = (await lab.broker()).queue(lab.freshName())
    const enqueue = async (more: typeof own | undefined): Promise<number> => {
      await reset()
      await queue.enqueueAll(Array.from({ length: 1_000 }, (_, n) => ({ payload: n, ...more?.(n) })))
      return (await counts()).all
    }
    const plain = await enqueue(undefined)
    expect(await enqueue(own)).toBeLessThanOrEqual(plain + 10)
  })

  it('to note the progress of 100 tasks are a handful, where nobody awaits them', async () => {
    const port = await lab.queue()
    await port.add(...Array.from({ length: 100 }, () => '1'))
    const held = await port.worker().claim(100)
    await reset()
    const kept = await port.driver.note(held.map(({ lease }) => ({ lease, kind: 'progress', body: '50' })))
    expect(kept).toEqual(held.map(() => true))
    expect((await counts()).all).toBeLessThanOrEqual(10)
  })

  it('of an idle worker write nothing but that it sleeps', async () => {
    const name = lab.freshName()
    ;(await lab.broker()).queue(name).process(() => undefined)
    await eventually(async () => (await lab.redis.zcard(`mq:{${name}}:idle`)) === 1, 'a worker asleep')
    const keys = await lab.redis.keys(`mq:{${name}}:*`)
    expect(keys.map((key) => key.slice(key.indexOf('}:') + 2)).sort()).toEqual(['idle'])
  })
})
