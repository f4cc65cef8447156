import { defineQueue, limited } from '@mq/core'
import type { Queue } from '@mq/core'
import assert from 'node:assert/strict'
import { SHARES } from '../../port-sharing.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

const TEN_MS = 10

/** A handler that takes a while, and notes what runs at once: of all, and of one key at the most. */
class Bench {
  readonly order: string[] = []
  most = 0
  mostOfKey = 0
  readonly #scene: Scene
  readonly #running: string[] = []

  constructor(scene: Scene) {
    this.#scene = scene
  }

  readonly handler = async (payload: unknown): Promise<void> => {
    const key = String(payload).replace(/\d+$/, '')
    this.order.push(String(payload))
    this.#running.push(key)
    this.most = Math.max(this.most, this.#running.length)
    this.mostOfKey = Math.max(this.mostOfKey, this.#running.filter((other) => other === key).length)
    await this.#pause()
    this.#running.splice(this.#running.indexOf(key), 1)
  }

  #pause(): Promise<void> {
    const { clock } = this.#scene
    return new Promise((resolve) => {
      if (clock === undefined) setTimeout(resolve, TEN_MS)
      else clock.schedule(resolve, TEN_MS)
    })
  }
}

export async function enqueueAll(queue: Queue, key: string, count: number): Promise<void> {
  await queue.enqueueAll(Array.from({ length: count }, (_, i) => ({ payload: `${key}${i + 1}`, key })))
}

export function sharing(test: Test): void {
  test(
    'a quiet tenant waits for one round of a loud one',
    async (scene) => {
      const queue = scene.broker().queue('tasks')
      await enqueueAll(queue, 'loud', 500)
      await enqueueAll(queue, 'quiet', 1)
      const { order, handler } = new Bench(scene)
      queue.process(handler, { concurrency: 2 })
      await scene.eventually(() => order.includes('quiet1'), 'the quiet one')
      assert.ok(order.length <= 10, `the quiet one was number ${order.length}`)
    },
    SHARES,
  )

  test(
    'runs no more at once than the limits say, over two brokers, and all of them',
    async (scene) => {
      const definition = defineQueue({ name: 'tasks', limits: { concurrency: 3, perKey: { concurrency: 1 } } })
      const bench = new Bench(scene)
      const queues = [scene.broker().queue(definition), scene.broker().queue(definition)]
      for (const queue of queues) queue.process(bench.handler, { concurrency: 10 })
      for (const key of ['a', 'b', 'c', 'd', 'e']) await enqueueAll(queues[0]!, key, 6)
      await scene.eventually(() => bench.order.length === 30, 'all tasks')
      assert.deepEqual([bench.most, bench.mostOfKey], [3, 1])
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        const own = bench.order.filter((payload) => payload.startsWith(key))
        assert.deepEqual(
          own,
          [1, 2, 3, 4, 5, 6].map((i) => `${key}${i}`),
        )
      }
    },
    SHARES,
  )

  test(
    'asks the storage no more often than the rate lets tasks through',
    async (scene) => {
      const limits = { rate: { count: 5, perMs: 1_000 } }
      const queue = scene.broker().queue(defineQueue({ name: 'tasks', limits }))
      let done = 0
      const worker = queue.process(() => void done++)
      await worker.ready()
      const { turns } = worker.stats()
      await enqueueAll(queue, 'a', 6)
      await scene.eventually(() => done === 6, 'all tasks')
      const more = worker.stats().turns - turns
      assert.ok(more <= 20, `${more} turns for 6 tasks`)
    },
    SHARES,
  )

  test(
    'holds the queue for as long as a handler was told, uncharged, without asking meanwhile',
    async (scene) => {
      const broker = scene.broker()
      // On a busy machine looking at it may take longer than a second.
      for (const forMs of [1_000, 5_000, 25_000]) {
        const queue = broker.queue(`held-for-${forMs}`)
        const attempts: number[] = []
        const worker = queue.process((_, { attempt }) => {
          attempts.push(attempt)
          return attempts.length === 1 ? limited({ forMs }) : undefined
        })
        const first = await queue.enqueue(1)
        await scene.eventually(() => attempts.length === 1, 'the first run')
        await scene.eventually(async () => (await queue.limits.get()).heldForMs !== undefined, 'the hold')
        await queue.enqueue(2)
        const { because, text } = await queue.explain(first.id)
        await scene.pass(100)
        const { turns } = worker.stats()
        await scene.pass(500)
        const seen = { turns: worker.stats().turns, attempts: attempts.length }
        const isHeld = (await queue.limits.get()).heldForMs !== undefined
        if (isHeld) {
          assert.equal(because, 'limited', text)
          assert.match(text, /held for \d+ ms more/)
          assert.deepEqual(seen, { turns, attempts: 1 })
        }
        await scene.eventually(() => attempts.length === 3, 'both')
        assert.deepEqual(attempts, [1, 1, 1])
        assert.equal((await first.read())?.failures ?? 0, 0)
        if (isHeld) return
      }
      assert.fail('no hold was seen to its end')
    },
    SHARES,
  )

  test(
    'holds the key of a task alone where its handler says so, also when it throws it',
    async (scene) => {
      const queue = scene.broker().queue('tasks')
      const order: string[] = []
      queue.process(
        (payload) => {
          order.push(String(payload))
          if (order.filter((other) => other === 'a1').length === 1 && payload === 'a1')
            throw limited({ forMs: 500, scope: 'key' })
        },
        { concurrency: 1, prefetch: false },
      )
      await enqueueAll(queue, 'a', 2)
      await enqueueAll(queue, 'b', 2)
      await scene.eventually(() => order.length === 5, 'all')
      assert.deepEqual(order.slice(-2), ['a1', 'a2'])
      assert.deepEqual(order.toSorted(), ['a1', 'a1', 'a2', 'b1', 'b2'])
    },
    SHARES,
  )

  test(
    'changes limits while workers run, over what is defined, until they are reset',
    async (scene) => {
      const definition = defineQueue({
        name: 'tasks',
        limits: { concurrency: 4, perKey: { concurrency: 1, rate: { count: 1, perMs: 60_000 } } },
      })
      const queue = scene.broker().queue(definition)
      const elsewhere = scene.broker().queue('tasks')
      const { order, handler } = new Bench(scene)
      await queue.process(handler).ready()
      await enqueueAll(queue, 'a', 3)
      await scene.eventually(() => order.length === 1, 'the first')
      const { limits, overridden, defined } = await elsewhere.limits.set({ perKey: { rate: null } })
      assert.deepEqual(limits, { concurrency: 4, perKey: { concurrency: 1 } })
      assert.deepEqual([overridden, defined], [true, definition.limits])
      await scene.eventually(() => order.length === 3, 'the others, which the rate kept')
      assert.deepEqual((await elsewhere.limits.set({ concurrency: null, perKey: null })).limits, {})
      const { version, changed, ...after } = await queue.limits.reset({ by: 'ann' })
      assert.equal(changed?.by, 'ann')
      assert.deepEqual(after, { limits: definition.limits, overridden: false, defined: definition.limits })
      assert.deepEqual(await queue.limits.get(), { version, changed, ...after })
    },
    SHARES,
  )
}
