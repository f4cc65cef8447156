import { createVirtualClock } from '@mq/core/testing'
import { describe, expect, it } from 'vitest'
import { OverviewFeed } from '../../src/live/overview-feed.ts'
import { Reader } from '../../src/live/reader.ts'
import type { Overview } from '../../src/views/overview.ts'

const log = { error: () => undefined }

function overview(over: Partial<Overview> = {}): Overview {
  return {
    at: 1,
    storage: { state: 'up' },
    flow: { state: 'idle', because: 'none' },
    waiting: 0,
    delayed: 0,
    blocked: 0,
    overdue: 0,
    running: 0,
    dead: 0,
    workers: 0,
    perSecond: { enqueued: 0, completed: 0, failed: 0 },
    lag: 0,
    deadMessages: 0,
    queues: [],
    groups: [],
    unreadable: [],
    more: false,
    moreGroups: false,
    ...over,
  }
}

const eventsOf = (reader: Reader): string[] =>
  [...String(reader.read() ?? '').matchAll(/^event: (\w+)$/gm)].map(([, event = '']) => event)

/** A feed whose readings are counted. */
function feedOf(read: () => Promise<Overview> = async () => overview()) {
  const clock = createVirtualClock()
  let readings = 0
  const feed = new OverviewFeed({ read: () => ((readings += 1), read()), log, clock })
  return { clock, feed, readings: () => readings }
}

describe('the overview', () => {
  it('is read once a second for all who watch, and not at all while nobody does', async () => {
    const { clock, feed, readings } = feedOf()
    await clock.advance(10_000)
    expect(readings()).toBe(0)
    const readers = Array.from({ length: 100 }, () => new Reader())
    for (const reader of readers) feed.join(reader, undefined, undefined)
    await clock.advance(3_500)
    expect(readings()).toBe(4)
    expect(eventsOf(readers[99] as Reader)).toEqual(['storage', 'overview', 'overview', 'overview', 'overview'])
    for (const reader of readers) reader.destroy()
    await clock.advance(10_000)
    expect(readings()).toBe(4)
  })

  it.each([
    { queues: 0, groups: 0, readings: 21 },
    { queues: 60, groups: 40, readings: 21 },
    { queues: 200, groups: 0, readings: 11 },
    { queues: 200, groups: 200, readings: 6 },
  ])(
    'is read less often where it has more: $readings times in 20 s of $queues queues and $groups groups',
    async (of) => {
      const some = { queues: Array(of.queues).fill({}), groups: Array(of.groups).fill({}) }
      const { clock, feed, readings } = feedOf(async () => overview(some))
      feed.join(new Reader(), undefined, undefined)
      await clock.advance(20_500)
      expect(readings()).toBe(of.readings)
      feed.close()
    },
  )

  it('is read as often where the host is so busy that a reading takes long, one after the other', async () => {
    let open = 0
    const { clock, feed, readings } = feedOf(
      () =>
        new Promise((resolve) => {
          expect(++open).toBe(1)
          clock.schedule(() => ((open -= 1), resolve(overview())), 1_000)
        }),
    )
    feed.join(new Reader(), undefined, undefined)
    await clock.advance(20_500)
    expect(readings()).toBe(11)
    feed.close()
  })

  it('is given at once to one who comes later, and not again to one who has it', async () => {
    const { clock, feed } = feedOf()
    const first = new Reader()
    feed.join(first, undefined, undefined)
    await clock.advance(100)
    const id = /^id: (.*)$/m.exec(String(first.read()))?.[1]
    const [late, back] = [new Reader(), new Reader()]
    feed.join(late, undefined, undefined)
    feed.join(back, undefined, id)
    expect([eventsOf(late), eventsOf(back)]).toEqual([['storage', 'overview'], ['storage']])
    feed.close()
  })

  it('has one queue only for those who asked for it', async () => {
    const queues = ['a', 'b'].map((name) => ({ name })) as unknown as Overview['queues']
    const { clock, feed } = feedOf(async () => overview({ queues }))
    const [all, one, none] = [new Reader(), new Reader(), new Reader()]
    feed.join(all, undefined, undefined)
    feed.join(one, 'b', undefined)
    feed.join(none, 'c', undefined)
    await clock.advance(100)
    const names = (reader: Reader) => /"queues":(\[.*?\])/.exec(String(reader.read()))?.[1]
    expect([all, one, none].map(names)).toEqual(['[{"name":"a"},{"name":"b"}]', '[{"name":"b"}]', '[]'])
    feed.close()
  })

  it('says when the storage is lost, and when it is back, and keeps asking', async () => {
    let state: 'up' | 'away' = 'up'
    const { clock, feed } = feedOf(async () => overview({ storage: { state } }))
    const reader = new Reader()
    feed.join(reader, undefined, undefined)
    await clock.advance(500)
    state = 'away'
    await clock.advance(2_000)
    state = 'up'
    await clock.advance(1_000)
    expect(eventsOf(reader).filter((event) => event === 'storage')).toHaveLength(3)
    feed.close()
  })

  it('is read once a second also after readers that came and left while it was being read', async () => {
    const waiting: (() => void)[] = []
    const { clock, feed, readings } = feedOf(() => new Promise((resolve) => waiting.push(() => resolve(overview()))))
    for (let i = 0; i < 10; i++) {
      const hasty = new Reader()
      feed.join(hasty, undefined, undefined)
      hasty.destroy()
      await clock.advance(1)
    }
    feed.join(new Reader(), undefined, undefined)
    const before = readings()
    for (let i = 0; i < 50; i++) {
      for (const answer of waiting.splice(0)) answer()
      await clock.advance(100)
    }
    expect(readings() - before).toBeLessThanOrEqual(5)
    feed.close()
  })

  it('goes on after a reading that fails', async () => {
    let fails = true
    const { clock, feed } = feedOf(() => (fails ? Promise.reject(new Error('no')) : Promise.resolve(overview())))
    const reader = new Reader()
    feed.join(reader, undefined, undefined)
    await clock.advance(1_500)
    fails = false
    await clock.advance(1_000)
    expect(eventsOf(reader)).toEqual(['storage', 'overview'])
    feed.close()
  })
})
