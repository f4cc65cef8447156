import { bury, defineQueue, MqError } from '@mq/core'
import type { LogFields } from '@mq/core'
import assert from 'node:assert/strict'
import { enqueueAll } from './sharing.ts'
import { SHARES } from '../../port-sharing.ts'
import type { Test } from '../../topic.ts'

export function limitsShown(test: Test): void {
  test(
    'logs two definitions with other limits once, with both',
    async (scene) => {
      const warnings: LogFields[] = []
      const logger = { debug() {}, info() {}, error() {}, warn: (fields: LogFields) => void warnings.push(fields) }
      const [old, young] = [5, 6].map((concurrency) => {
        const broker = scene.broker({ logger: { ...logger, child: () => logger } as never })
        return broker.queue(defineQueue({ name: 'tasks', limits: { concurrency } }))
      })
      const worker = old!.process(() => undefined)
      await worker.ready()
      await young!.process(() => undefined).ready()
      for (let i = 0; i < 3; i++) await (await old!.enqueue(i)).result()
      await scene.eventually(() => warnings.some(({ here }) => here === '{"concurrency":5}'), 'a warning')
      await scene.pass(50)
      const own = warnings.filter(({ here }) => here !== undefined)
      assert.deepEqual(
        own.map(({ queue, here, there }) => [queue, here, there]),
        [['tasks', '{"concurrency":5}', '{"concurrency":6}']],
      )
      assert.deepEqual((await old!.limits.get()).limits, { concurrency: 6 })
    },
    SHARES,
  )

  test(
    'keeps the limits of the worker that began last, however many turns an older one has under way',
    async (scene) => {
      const [old, young] = [50, 60].map((concurrency) =>
        scene.broker().queue(defineQueue({ name: 'tasks', limits: { concurrency } })),
      )
      let done = 0
      await old!.process(() => void done++, { concurrency: 40 }).ready()
      await young!.process(() => void done++, { concurrency: 1 }).ready()
      // More than one turn can bring, so that a second one is sent beside the first.
      for (let i = 0; i < 5; i++) {
        await scene.during(old!.enqueueAll(Array.from({ length: 1_000 }, (_, payload) => ({ payload }))))
      }
      await scene.eventually(() => done === 5_000, 'the end of all')
      assert.deepEqual((await old!.limits.get()).limits, { concurrency: 60 })
    },
    SHARES,
  )

  test(
    'shows the keys, and explains who waits for which limit',
    async (scene) => {
      const queue = scene.broker().queue(defineQueue({ name: 'tasks', limits: { perKey: { concurrency: 1 } } }))
      await enqueueAll(queue, 'a', 3)
      const last = await queue.enqueue('a4', { key: 'a', weight: 2, priority: 9 })
      assert.match((await queue.explain(last.id)).text, /No worker/)
      let end = (): void => undefined
      queue.process(() => new Promise<void>((resolve) => (end = resolve)), { concurrency: 5 })
      await scene.eventually(async () => (await queue.stats()).running === 1, 'the first')
      const { keys } = await queue.keys({ limit: 5 })
      assert.deepEqual(
        keys.map(({ key, waiting, running, heldBack }) => [key, waiting, running, heldBack?.by]),
        [['a', 3, 1, 'concurrency']],
      )
      const first = (await queue.tasks({ state: 'waiting' }).first()).tasks[0]!
      assert.equal(first.key, 'a')
      const { because, text } = await queue.explain(first.id)
      assert.equal(because, 'limited')
      assert.match(text, /Its key may have 1 running at once/)
      assert.equal((await last.read())?.key, 'a')
      end()
    },
    SHARES,
  )

  test(
    'refuses keys, weights and limits that are none, and names the option',
    async (scene) => {
      const queue = scene.broker().queue('tasks')
      const option = async (call: () => Promise<unknown>): Promise<unknown> => {
        const thrown = await call().then(
          () => undefined,
          (error: unknown) => error,
        )
        assert.ok(MqError.is(thrown, 'invalid-options'), String(thrown))
        return thrown.details['option']
      }
      assert.equal(await option(() => queue.enqueue(1, { key: '' })), 'key')
      assert.equal(await option(() => queue.enqueue(1, { key: 'x'.repeat(257) })), 'key')
      assert.equal(await option(() => queue.enqueue(1, { key: '\ud800' })), 'key')
      assert.equal(await option(() => queue.enqueue(1, { key: 'a', weight: 1_001 })), 'weight')
      assert.equal(await option(() => queue.enqueue(1, { weight: 2 })), 'weight')
      assert.equal(await option(() => queue.limits.set({ concurrency: 0 })), 'limits.concurrency')
      assert.equal(
        await option(() => queue.limits.set({ rate: { count: 5, perMs: 1_000, burst: 6 } })),
        'limits.rate.burst',
      )
      assert.equal(
        await option(() => queue.limits.set({ perKey: { rate: { count: 1, perMs: 0.5 } } })),
        'limits.perKey.rate.perMs',
      )
      assert.equal(await option(() => queue.keys({ limit: 0 })), 'limit')
      await queue.enqueueAll([{ payload: 1, key: '😀', weight: 1_000 }])
      queue.process(() => bury('seen'))
      await scene.eventually(async () => (await queue.stats()).dead === 1, 'the only one')
    },
    SHARES,
  )
}
