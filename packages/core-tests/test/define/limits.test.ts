import { createBroker, defineQueue } from '@mq/core'
import type { Adapter, LimitOptions, MqErrorCode } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, expect, test } from 'vitest'

const limitsOf = (limits: LimitOptions | false): unknown => defineQueue({ name: 'q', limits }).limits

describe('limits of a definition', () => {
  test('have a burst of what the rate makes of ten milliseconds, at least one', () => {
    const burstOf = (count: number, perMs: number): unknown => limitsOf({ rate: { count, perMs } })
    expect(burstOf(10, 1_000)).toEqual({ rate: { count: 10, perMs: 1_000, burst: 1 } })
    expect(burstOf(1_000, 1_000)).toEqual({ rate: { count: 1_000, perMs: 1_000, burst: 10 } })
    expect(burstOf(5, 1)).toEqual({ rate: { count: 5, perMs: 1, burst: 5 } })
  })

  test('are as they were given', () => {
    const rate = { count: 10, perMs: 1_000, burst: 5 }
    const perKey = { concurrency: 2, rate, holdOnRetry: true }
    expect(limitsOf({ concurrency: 200, rate, perKey })).toEqual({ concurrency: 200, rate, perKey })
    expect(limitsOf({ perKey: { holdOnRetry: false } })).toEqual({})
    expect(limitsOf(false)).toBe(false)
    expect(defineQueue({ name: 'q' }).limits).toBeUndefined()
  })

  test.each<[unknown, RegExp]>([
    [{ concurrency: 0 }, /limits\.concurrency must be a whole number from 1/],
    [{ concurrency: '5' }, /limits\.concurrency must be .*Number/],
    [{ rate: { count: 10, perMs: 1_000, burst: 11 } }, /limits\.rate\.burst must be a whole number from 1 to 10/],
    [{ rate: { count: 0, perMs: 1_000 } }, /limits\.rate\.count/],
    [{ rate: { count: 1 } }, /limits\.rate\.perMs/],
    [{ rate: 5 }, /limits\.rate takes an object/],
    [{ perKey: { concurrency: 1.5 } }, /limits\.perKey\.concurrency/],
    [{ perKey: { holdOnRetry: 1 } }, /limits\.perKey\.holdOnRetry must be true or false/],
    [{ perkey: {} }, /limits has no option "perkey"/],
    [{ perKey: { rate: { count: 1, perms: 1 } } }, /limits\.perKey\.rate has no option "perms"/],
    [5, /limits takes an object/],
  ])('that contradict or are none are refused with the option: %j', (limits, message) => {
    expect(() => limitsOf(limits as LimitOptions)).toThrow(message)
    expect(() => limitsOf(limits as LimitOptions)).toThrow(TypeError)
  })
})

describe('an adapter without keys and limits', () => {
  const bare: Adapter = {
    ...memoryAdapter(),
    open(environment) {
      const storage = memoryAdapter().open(environment)
      const take = storage.queue.bind(storage)
      return Object.assign(storage, {
        queue: (name: string) =>
          Object.assign(take(name), { limits: undefined, setLimits: undefined, keys: undefined }),
      })
    },
  }

  test('refuses what needs them, and nothing else', async () => {
    await using broker = createBroker(bare)
    const unsupported: MqErrorCode = 'unsupported'
    const queue = broker.queue('q')
    await expect(queue.enqueue(1, { key: 'a' })).rejects.toMatchObject({ code: unsupported })
    await expect(queue.enqueueAll([{ payload: 1, key: 'a' }])).rejects.toMatchObject({ code: unsupported })
    await expect(queue.limits.get()).rejects.toMatchObject({ code: unsupported })
    await expect(queue.limits.set({ concurrency: 1 })).rejects.toMatchObject({ code: unsupported })
    await expect(queue.limits.reset()).rejects.toMatchObject({ code: unsupported })
    await expect(queue.keys()).rejects.toMatchObject({ code: unsupported })
    expect(() => broker.queue(defineQueue({ name: 'limited', limits: { concurrency: 1 } }))).toThrow(
      /no keys and no limits/,
    )
    broker.queue(defineQueue({ name: 'unlimited', limits: false }))
    const task = await queue.enqueue(1)
    queue.process(() => 'done')
    await expect(task.result()).resolves.toBe('done')
  })
})

describe('a patch of limits', () => {
  test('leaves what it does not name, ends what is null, and leaves nothing of keys that have no limit', async () => {
    await using broker = createBroker(memoryAdapter())
    const { limits } = broker.queue('q')
    const perKey = { concurrency: 1, holdOnRetry: true }
    expect((await limits.set({ concurrency: 5, perKey })).limits).toEqual({ concurrency: 5, perKey })
    expect((await limits.set({ perKey: { holdOnRetry: null } })).limits).toEqual({
      concurrency: 5,
      perKey: { concurrency: 1 },
    })
    expect((await limits.set({ perKey: { concurrency: null } })).limits).toEqual({ concurrency: 5 })
    expect((await limits.set({ perKey: { concurrency: 2 }, concurrency: null })).limits).toEqual({
      perKey: { concurrency: 2 },
    })
    expect((await limits.set({ perKey: null })).limits).toEqual({})
  })
})
