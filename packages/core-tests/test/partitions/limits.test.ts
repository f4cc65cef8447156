import { createBroker, defineQueue, silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'

function lab(limits: Parameters<typeof defineQueue>[0]['limits']) {
  const clock = createVirtualClock()
  const broker = createBroker(memoryAdapter(), { clock, logger: silentLogger })
  return { clock, broker, queue: broker.queue(defineQueue<number>({ name: 'work', partitions: 4, limits })) }
}

it('as many run at once as the limit says, and no more', async () => {
  const { clock, broker, queue } = lab({ concurrency: 10 })
  let [now, most] = [0, 0]
  for (let i = 0; i < 2; i++) {
    const run = async (): Promise<void> => {
      most = Math.max(most, ++now)
      await new Promise<void>((resolve) => clock.schedule(resolve, 10))
      now--
    }
    queue.process(run, { concurrency: 20 })
  }
  await Promise.all(Array.from({ length: 400 }, (_, n) => queue.enqueue(n)))
  await clock.advance(2_000)
  expect(most).toBe(10)
  expect((await queue.stats()).totals.completed).toBe(400)
  await broker.close()
})

it('a rate lets no more begin than it says, over all partitions', async () => {
  const { clock, broker, queue } = lab({ rate: { count: 20, perMs: 1_000, burst: 4 } })
  const began: number[] = []
  queue.process(() => void began.push(clock.now()), { concurrency: 50 })
  await Promise.all(Array.from({ length: 300 }, (_, n) => queue.enqueue(n)))
  await clock.advance(10_000)
  for (const from of began) {
    const inASecond = began.filter((at) => at >= from && at < from + 1_000).length
    expect(inASecond).toBeLessThanOrEqual(24)
  }
  expect(began.length).toBeGreaterThan(190)
  expect(began.length).toBeLessThanOrEqual(204)
  await broker.close()
})

it('limits that are set while workers run are those of the whole queue', async () => {
  const { clock, broker, queue } = lab({ concurrency: 10 })
  const running = new Set<number>()
  const ends: (() => void)[] = []
  queue.process(
    (n) => {
      running.add(n)
      return new Promise<void>((resolve) => ends.push(resolve))
    },
    { concurrency: 50 },
  )
  await clock.advance(10)
  expect((await queue.limits.get()).limits).toEqual({ concurrency: 10 })
  const set = await queue.limits.set({ concurrency: 7, rate: { count: 8, perMs: 100, burst: 8 } }, { by: 'me' })
  expect(set).toMatchObject({
    limits: { concurrency: 7, rate: { count: 8, perMs: 100, burst: 8 } },
    overridden: true,
    changed: { by: 'me' },
  })
  await expect(queue.limits.set({ concurrency: 3 })).rejects.toMatchObject({ code: 'invalid-options' })
  await Promise.all(Array.from({ length: 100 }, (_, n) => queue.enqueue(n)))
  await clock.advance(5_000)
  expect(running.size).toBe(7)
  expect((await queue.limits.reset()).limits).toEqual({ concurrency: 10 })
  await clock.advance(5_000)
  expect(running.size).toBe(10)
  for (const end of ends) end()
  await broker.close({ deadlineMs: 0 })
})

it('a key is served within its own limits, in order', async () => {
  const { clock, broker } = lab(undefined)
  interface Letter {
    readonly to: string
    readonly n: number
  }
  const queue = broker.queue(
    defineQueue<Letter>({ name: 'letters', partitions: 4, limits: { perKey: { concurrency: 1 } } }),
  )
  const [now, most] = [new Map<string, number>(), new Map<string, number>()]
  const order = new Map<string, number[]>()
  const run = async ({ to, n }: Letter): Promise<void> => {
    const count = (now.get(to) ?? 0) + 1
    now.set(to, count)
    most.set(to, Math.max(most.get(to) ?? 0, count))
    order.set(to, [...(order.get(to) ?? []), n])
    await new Promise<void>((resolve) => clock.schedule(resolve, 5))
    now.set(to, now.get(to)! - 1)
  }
  const keys = Array.from({ length: 12 }, (_, i) => `tenant-${i}`)
  for (let n = 0; n < 10; n++) await Promise.all(keys.map((to) => queue.enqueue({ to, n }, { key: to })))
  const seen: string[] = []
  for (let after: string | undefined, isMore = true; isMore; isMore = after !== undefined) {
    const page = await queue.keys({ limit: 5, after })
    seen.push(...page.keys.map(({ key }) => key))
    after = page.next
  }
  expect(seen.sort()).toEqual(keys.toSorted())
  expect((await queue.keys({ only: 'tenant-3' })).keys).toMatchObject([{ key: 'tenant-3', waiting: 10 }])
  queue.process(run, { concurrency: 20 })
  await clock.advance(2_000)
  expect([...most.values()]).toEqual(keys.map(() => 1))
  for (const its of order.values()) expect(its).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  await broker.close()
})
