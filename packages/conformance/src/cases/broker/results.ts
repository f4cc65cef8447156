import { defineQueue } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate, wholeNumber } from '../../values.ts'

export function results(test: Test): void {
  test('answers who waits early, late, and in the middle, however many', async (scene) => {
    const [here, there] = [scene.broker().queue('q'), scene.broker().queue('q')]
    const task = await here.enqueue('x')
    const finish = gate()
    const waiting = Array.from({ length: 40 }, (_, i) => (i % 2 ? here : there).task(task.id).result())
    let started = false
    there.process(async () => {
      started = true
      await finish.promise
      return 'done'
    })
    await scene.eventually(() => started, 'a start')
    waiting.push(...Array.from({ length: 40 }, (_, i) => (i % 2 ? here : there).task(task.id).result()))
    finish.open()
    for (const result of await scene.during(Promise.all(waiting))) assert.equal(result, 'done')
    assert.equal(await scene.during(there.task(task.id).result()), 'done')
    assert.equal(await scene.during(here.task(task.id).result()), 'done')
  })

  test('keeps the result of one task, or not, whatever its queue keeps', async (scene) => {
    for (const results of [undefined, false] as const) {
      const definition = defineQueue({ name: results === false ? 'keeps-none' : 'keeps', keep: { results } })
      const queue = scene.broker().queue(definition)
      queue.process((n) => n)
      const other = results === false
      const entries = [{ payload: 1 }, { payload: 2, keep: { results: other } }]
      const [plain, special] = await queue.enqueueAll(entries)
      assert.deepEqual(await scene.during(Promise.all([plain!.result(), special!.result()])), [1, 2])
      const there = scene.broker().queue(definition)
      const later = async (id: string): Promise<string> => (await there.task(id).outcome({ timeoutMs: 0 })).state
      assert.deepEqual(
        [await later(plain!.id), await later(special!.id)],
        other ? ['unknown', 'completed'] : ['completed', 'unknown'],
      )
    }
    const queue = scene.broker().queue('q')
    for (const keep of [{}, { results: 1 }, { dead: false }, false, 'x']) {
      await assertCode(queue.enqueue(1, { keep: keep as never }), 'invalid-options')
    }
  })

  test('finds a task by its own id, from elsewhere', async (scene) => {
    const here = scene.broker().queue('q')
    const there = scene.broker().queue('q')
    await here.enqueue('x', { id: 'own' })
    const early = there.task('own').result()
    here.process(() => 7)
    assert.equal(await scene.during(early), 7)
    assert.equal(await scene.during(there.task('own').result()), 7)
    assert.equal((await there.task('own').status()).state, 'completed')
  })

  test('races nothing: a thousand results, awaited at once', async (scene) => {
    const queue = scene.broker().queue('q')
    queue.process((n) => n, { concurrency: 50 })
    const work = Array.from({ length: 1_000 }, async (_, n) => {
      const task = await queue.enqueue(n)
      return task.result()
    })
    assert.deepEqual(await scene.during(Promise.all(work)), [...Array(1_000).keys()])
  })

  test('stops waiting after a time, or at a signal', async (scene) => {
    const queue = scene.broker().queue('q')
    const task = await queue.enqueue('x')
    await assertCode(scene.during(task.result({ timeoutMs: 50 })), 'wait-timeout')
    await assertCode(scene.during(task.result({ timeoutMs: 0 })), 'wait-timeout')
    assert.deepEqual(await scene.during(task.outcome({ timeoutMs: 50 })), { state: 'pending' })
    assert.deepEqual(await task.outcome({ timeoutMs: 0 }), { state: 'pending' })
    const reason = new Error('enough')
    const controller = new AbortController()
    const waiting = [
      assert.rejects(task.result({ signal: controller.signal }), reason),
      assert.rejects(task.outcome({ signal: controller.signal }), reason),
    ]
    controller.abort(reason)
    await Promise.all(waiting)
    await assert.rejects(task.result({ signal: controller.signal }), reason)
    queue.process(() => 'still runs')
    assert.equal(await scene.during(task.result()), 'still runs')
  })

  test('says how a task ended, without throwing', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 1 }))
    queue.process((payload) => {
      if (payload === 'bad') throw Object.assign(new RangeError('too bad'), { code: 'E_BAD' })
      return payload
    })
    const [good, bad] = [await queue.enqueue('good'), await queue.enqueue('bad')]
    const completed = await scene.during(good.outcome())
    assert.ok(completed.state === 'completed' && completed.result === 'good' && completed.endedAt > 0)
    const dead = await scene.during(bad.outcome())
    assert.ok(dead.state === 'dead' && dead.reason === 'attempts-exhausted')
    assert.deepEqual([dead.error?.name, dead.error?.message, dead.error?.code], ['RangeError', 'too bad', 'E_BAD'])
    assert.equal((await bad.status()).state, 'dead')
  })

  test('knows nothing of a task that never was', async (scene) => {
    const queue = scene.broker().queue('q')
    for (const id of ['never-there', 'n123456789012345']) {
      const task = queue.task(id)
      assert.equal(task.id, id)
      await assertCode(scene.during(task.result()), 'result-expired')
      assert.deepEqual(await scene.during(task.outcome()), { state: 'unknown' })
      assert.equal((await task.status()).state, 'unknown')
      assert.equal(await task.cancel(), 'too-late')
    }
  })

  test('keeps no result where the definition says so', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', keep: { results: false } }))
    queue.process(() => 'gone')
    const task = await queue.enqueue('x')
    await scene.eventually(async () => (await task.status()).state === 'unknown', 'an end')
    await assertCode(scene.during(task.result()), 'result-expired')
  })

  test('buries a task whose result does not fit', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', result: wholeNumber }))
    let runs = 0
    queue.process((payload) => {
      runs++
      return (payload === 'cycle' ? 10n : 4.5) as number
    })
    for (const payload of ['half', 'cycle']) {
      const task = await queue.enqueue(payload)
      const outcome = await scene.during(task.outcome())
      assert.ok(outcome.state === 'dead' && outcome.reason === 'invalid-result')
    }
    assert.equal(runs, 2)
  })

  test(
    'forgets a result after an hour',
    async (scene) => {
      const queue = scene.broker().queue('q')
      queue.process(() => 'x')
      const task = await queue.enqueue(1)
      await scene.during(task.result())
      await scene.pass(3_700_000)
      await assertCode(scene.during(task.result()), 'result-expired')
    },
    { longTime: true },
  )
}
