// What docs/bounds.md says of the lists and maps of the adapter, where no other test shows it.
import { createBroker, defineChannel, defineQueue, silentLogger } from '@mq/core'
import type { Settlement } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { queryObjects } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { ClosedPeriods } from '../src/closed-periods.ts'
import { Flows } from '../src/flows.ts'
import { DedupeKeys } from '../src/dedupe-keys.ts'
import { HintPost } from '../src/hint-post.ts'
import { Schedules } from '../src/schedules.ts'
import { bench } from './bench.ts'

const nothing = (): void => undefined

/** What is in use once all garbage is collected. */
function megabytes(): number {
  queryObjects(Object)
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

describe('the memory of a queue', () => {
  it('is free again of all that went through, however it ended, once nothing is kept of it', async () => {
    const { queue, clock, turn } = bench()
    const names = Array.from({ length: 1_000 }, (_, i) => `own-${i}`)
    const fresh = names.map((id, i) => ({
      id,
      level: i % 10,
      delayMs: i % 7 === 0 ? 1_000 : 0,
      header: '',
      payload: '1',
    }))
    await queue.enqueue({ lane: 'p', seq: 1, atomic: false, tasks: fresh })
    await clock.advance(2_000)
    for (let i = 0; i < 2; i++) {
      const { claimed } = await turn({ want: 400 })
      const settlements = claimed.map(({ lease }, k): Settlement => {
        if (k % 3 === 0) return { kind: 'retry', lease, delayMs: k % 2, charge: true }
        return k % 3 === 1 ? { kind: 'complete', lease, result: '1' } : { kind: 'bury', lease, reason: 'r', detail: '' }
      })
      await turn({ settlements })
    }
    await queue.apply({ kind: 'purge', state: 'waiting', reason: '', limit: 1_000 })
    await queue.apply({ kind: 'purge', state: 'delayed', reason: '', limit: 1_000 })
    await clock.advance(15 * 86_400_000)
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, running: 0, dead: 0 })
    expect(new Set((await queue.read(names.map((id) => ({ id })))).map(({ state }) => state))).toEqual(
      new Set(['unknown']),
    )
  })

  it('holds no more of a schedule after a thousand ticks than after one', async () => {
    const schedules = new Schedules(1)
    schedules.set({ name: 's', body: 'b', dueAt: 1 }, 0)
    const { revision } = schedules.get('s')!
    for (let dueAt = 1; dueAt <= 1_000; dueAt++) {
      expect(schedules.isNext({ name: 's', revision, dueAt, tasks: [] }, dueAt)).toBe(true)
      schedules.advance({ name: 's', revision, dueAt, nextDueAt: dueAt + 1, tasks: [] }, '7')
      expect(schedules.due(dueAt + 1, 10).schedules).toHaveLength(1)
    }
    schedules.remove('s')
    expect([schedules.size, schedules.due(1e15, 10)]).toEqual([0, { schedules: [] }])
  })

  it('holds 16 bytes for each period of its history', () => {
    const full = (): ClosedPeriods => {
      const closed = new ClosedPeriods(8_640)
      for (let number = 1; number < 20_000; number++) closed.push(number, 'a record of 14')
      return closed
    }
    const before = megabytes()
    const all = Array.from({ length: 10 }, full)
    expect((megabytes() - before) / 10).toBeLessThan(0.15)
    expect(all[9]!.count).toBe(8_640)
  })

  it('holds one window of a deduplication, however often it is replaced before its end', () => {
    const keys = new DedupeKeys()
    const add = (count: number): void => {
      for (let n = 0; n < count; n++) keys.add({ key: 'k', windowMs: 3_600_000 }, n, n)
    }
    add(1_000)
    const before = megabytes()
    add(100_000)
    expect(megabytes() - before).toBeLessThan(1.5)
    expect(keys.find('k', 0)).toBe(99_999)
  })
})

describe('a broker that closed', () => {
  it('is in no list of the storage, whatever it waited for', async () => {
    const adapter = memoryAdapter()
    const keeper = createBroker(adapter, { logger: silentLogger })
    const definition = defineQueue({ name: 'q', capacity: { size: 1, whenFull: 'wait' } })
    const kept = defineChannel({ name: 'c', history: { maxCount: 10 } })
    const task = await keeper.queue(definition).enqueue(0)
    await keeper.queue(definition).pause()
    const before = queryObjects(HintPost) as number
    for (let i = 0; i < 20; i++) {
      const broker = createBroker(adapter, { logger: silentLogger })
      const queue = broker.queue(definition)
      queue.process(nothing)
      const waiting = [queue.enqueue(i), queue.task(task.id).result()]
      await broker.channel(kept).consume('audit', nothing)
      await broker.channel(kept).subscribe(nothing)
      await broker.pattern('*.c').subscribe(nothing)
      await new Promise((resolve) => setImmediate(resolve))
      await broker.close({ deadlineMs: 0 })
      await Promise.allSettled(waiting)
    }
    expect(queryObjects(HintPost)).toBeLessThan(before + 4)
    await keeper.close()
  })
})

describe('the flows of a queue', () => {
  it('forgets the children of tasks of which nothing is kept', () => {
    const flows = new Flows()
    const child = { queue: 'children', n: '1', index: 0 }
    const isKnown = (n: number): boolean => n > 900
    for (let n = 1; n <= 1_000; n++) flows.link(n, child, isKnown)
    for (let i = 0; i < 1_000; i++) flows.link(1_000, child, isKnown)
    const left = Array.from(
      { length: 1_000 },
      (_, i) => flows.childrenOf({ n: String(i + 1), limit: 1 }).children.length,
    )
    expect(left.filter((count) => count > 0)).toHaveLength(100)
    expect(left.slice(900).every((count) => count === 1)).toBe(true)
  })
})
