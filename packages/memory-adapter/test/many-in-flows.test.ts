// Ten thousand before one task, and after one: each runs once, in bounded time and space.
import { createBroker, defineQueue, silentLogger, unchecked } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it, onTestFinished } from 'vitest'

const MANY = 10_000
const BULK = 1_000

function queues() {
  const broker = createBroker(memoryAdapter(), { logger: silentLogger })
  onTestFinished(() => broker.close({ deadlineMs: 100 }))
  return {
    parents: broker.queue(defineQueue({ name: 'parents', payload: unchecked<number>() })),
    children: broker.queue(defineQueue({ name: 'children', payload: unchecked<number>() })),
  }
}

it('one task runs once, after ten thousand others', async () => {
  const { parents, children } = queues()
  const after: { queue: string; id: string }[] = []
  for (let from = 0; from < MANY; from += BULK) {
    after.push(...(await parents.enqueueAll(Array.from({ length: BULK }, (_, i) => ({ payload: from + i })))))
  }
  const child = await children.enqueue(0, { after })
  const beganAt = performance.now()
  let [ran, done] = [0, 0]
  children.process(async (_, context) => {
    ran++
    const ends = await context.parents()
    return [done, ends.length, ends.every((end, i) => end.state === 'completed' && end.result === i)]
  })
  parents.process((payload) => (done++, payload), { concurrency: 100 })
  expect(await child.result({ timeoutMs: 60_000 })).toEqual([MANY, MANY, true])
  console.log(`one after ten thousand, in memory: ${Math.round(performance.now() - beganAt)} ms`)
  expect(ran).toBe(1)
})

it('ten thousand tasks run once each, after one', async () => {
  const { parents, children } = queues()
  const after = await parents.enqueue(7)
  const beganAt = performance.now()
  for (let from = 0; from < MANY; from += BULK) {
    await children.enqueueAll(Array.from({ length: BULK }, (_, i) => ({ payload: from + i, after })))
  }
  expect((await children.stats()).blocked).toBe(MANY)
  const times = new Map<number, number>()
  parents.process((payload) => payload)
  const all = new Promise<void>((resolve) => {
    children.process(
      (payload) => {
        times.set(payload, (times.get(payload) ?? 0) + 1)
        if (times.size === MANY) resolve()
      },
      { concurrency: 100 },
    )
  })
  await all
  await children.drain({ timeoutMs: 60_000 })
  console.log(`ten thousand after one, in memory: ${Math.round(performance.now() - beganAt)} ms`)
  expect([...times.values()].every((count) => count === 1)).toBe(true)
})
