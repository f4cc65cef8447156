import { defineQueue, MqError } from '@mq/core'
import type { BatchAnswers } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { aborted, gate, wholeNumber } from '../../values.ts'

const sums = defineQueue({
  name: 'sums',
  payload: wholeNumber,
  result: wholeNumber,
  attempts: 2,
  backoff: { kind: 'fixed', baseMs: 0 },
})
const upTo = (count: number): { readonly payload: number }[] =>
  Array.from({ length: count }, (_, i) => ({ payload: i }))

export function failingBatches(test: Test): void {
  test('runs each task of a batch that throws alone, so that one cannot bury its neighbours', async (scene) => {
    const queue = scene.broker().queue(sums)
    const calls: (readonly number[])[] = []
    const tasks = await queue.enqueueAll(upTo(5))
    queue.processBatch(
      (payloads, { tasks }) => {
        calls.push(payloads)
        if (payloads.includes(3)) throw new Error('three')
        return tasks.map(({ attempt }) => attempt)
      },
      { size: 5, waitMs: 20 },
    )
    const outcomes = await scene.during(Promise.all(tasks.map((task) => task.outcome())))
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.state === 'completed' ? outcome.result : outcome.state)),
      [1, 1, 1, 'dead', 1],
    )
    assert.deepEqual(calls[0], [0, 1, 2, 3, 4])
    assert.ok(calls.slice(1).every(({ length }) => length === 1))
    assert.equal(calls.flat().filter((n) => n === 3).length, 3)
  })

  test('charges a throw to all where they are retried together', async (scene) => {
    const queue = scene.broker().queue(sums)
    const tasks = await queue.enqueueAll(upTo(4))
    const attempts: (readonly number[])[] = []
    queue.processBatch(
      (_, { tasks }) => {
        attempts.push(tasks.map(({ attempt }) => attempt))
        throw new Error('all')
      },
      { size: 4, waitMs: 20, retry: 'together' },
    )
    const outcomes = await scene.during(Promise.all(tasks.map((task) => task.outcome())))
    assert.ok(outcomes.every((outcome) => outcome.state === 'dead' && outcome.reason === 'attempts-exhausted'))
    assert.deepEqual(attempts, [
      [1, 1, 1, 1],
      [2, 2, 2, 2],
    ])
  })

  const odd: Record<string, (ids: readonly string[]) => unknown> = {
    'too few': (ids) => ids.slice(1).map(() => 1),
    'too many': (ids) => [...ids, 'one'].map(() => 1),
    'with a hole': (ids) => Object.assign([1], { length: ids.length }),
    'a Map without one': (ids) => new Map(ids.slice(1).map((id) => [id, 1])),
    'a Map with another': (ids) => new Map([...ids, 'x'].map((id) => [id, 1])),
    'a number': () => 5,
    null: () => null,
    'an object': () => ({}),
    'a Set': () => new Set([1, 2]),
    'a Proxy that throws': () =>
      new Proxy([], {
        get() {
          throw new Error('hands off')
        },
      }),
  }
  for (const [what, answer] of Object.entries(odd)) {
    test(`refuses answers that are ${what}, and loses nothing`, async (scene) => {
      const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 2, backoff: { kind: 'fixed', baseMs: 0 } }))
      const tasks = await queue.enqueueAll(upTo(2))
      let calls = 0
      queue.processBatch(
        (_, { tasks }) => (calls++ === 0 ? (answer(tasks.map(({ id }) => id)) as BatchAnswers) : undefined),
        { size: 2, waitMs: 20, retry: 'together' },
      )
      const outcomes = await scene.during(Promise.all(tasks.map((task) => task.outcome())))
      assert.ok(outcomes.every(({ state }) => state === 'completed'))
      assert.equal(calls, 2)
      const [error, ...more] = scene.errors
      assert.ok(what === 'a Proxy that throws' || MqError.is(error, 'invalid-answers'), String(error))
      assert.deepEqual(more, [])
    })
  }

  test('cancels one of a batch, and aborts the batch when none of it is wanted', async (scene) => {
    const queue = scene.broker().queue('q')
    const [begun, end] = [gate(), gate()]
    const reasons: unknown[] = []
    queue.processBatch(
      async (_, batch) => {
        for (const { id, signal } of batch.tasks) void aborted(signal).then(() => reasons.push(id))
        void aborted(batch.signal).then(() => reasons.push('batch'))
        begun.open()
        await end.promise
      },
      { size: 3, waitMs: 20 },
    )
    const ids = ['a', 'b', 'c']
    const [a, b, c] = await queue.enqueueAll(ids.map((id) => ({ id, payload: id })))
    await scene.during(begun.promise)
    assert.equal(await scene.during(b!.cancel()), 'cancelled')
    await scene.eventually(() => reasons.length === 1, 'the signal of one')
    assert.deepEqual(reasons, ['b'])
    await scene.during(Promise.all([a!.cancel(), c!.cancel()]))
    await scene.eventually(() => reasons.length === 4, 'all signals')
    assert.deepEqual(reasons.at(-1), 'batch')
    end.open()
    await scene.eventually(async () => (await queue.stats()).running === 0, 'the end')
  })

  test('times each task out for itself', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 1 }))
    const end = gate()
    queue.processBatch(
      async (payloads) => {
        await end.promise
        return [...payloads]
      },
      { size: 2, waitMs: 20, retry: 'together' },
    )
    const [short, long] = await queue.enqueueAll([{ payload: 1, timeoutMs: 50 }, { payload: 2 }])
    const dead = await scene.during(short!.outcome())
    assert.ok(dead.state === 'dead' && dead.error?.code === 'task-timeout')
    end.open()
    assert.equal(await scene.during(long!.result()), 2)
  })
}
