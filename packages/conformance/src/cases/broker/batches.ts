import { bury, defineQueue, retry } from '@mq/core'
import type { BatchOptions, Middleware } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { wholeNumber } from '../../values.ts'

const sums = defineQueue({
  name: 'sums',
  payload: wholeNumber,
  result: wholeNumber,
  attempts: 2,
  backoff: { kind: 'fixed', baseMs: 0 },
})
const upTo = (count: number): { readonly payload: number }[] =>
  Array.from({ length: count }, (_, i) => ({ payload: i }))

export function batches(test: Test): void {
  test('gives a handler up to `size` tasks at once, in their order, and an answer to each', async (scene) => {
    const queue = scene.broker().queue(sums)
    const seen: (readonly number[])[] = []
    const tasks = await queue.enqueueAll(upTo(25))
    queue.processBatch(
      async (payloads, batch) => {
        assert.equal(batch.queue, 'sums')
        assert.equal(batch.tasks.length, payloads.length)
        seen.push(payloads)
        return payloads.map((n) => n * 2)
      },
      { size: 10, waitMs: 20 },
    )
    const results = await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.deepEqual(
      results,
      upTo(25).map(({ payload }) => payload * 2),
    )
    assert.deepEqual(seen.flat(), [...Array(25).keys()])
    assert.ok(seen.every(({ length }) => length <= 10))
    assert.ok(seen.length <= 4, `${seen.length} calls`)
  })

  test('waits for others no longer than `waitMs`, and calls at once when there are enough', async (scene) => {
    const queue = scene.broker().queue('q')
    const impatient = scene.broker().queue('impatient')
    const sizes: number[] = []
    queue.processBatch((payloads) => void sizes.push(payloads.length), { size: 3, waitMs: 60_000 })
    impatient.processBatch((payloads) => void sizes.push(payloads.length), { size: 3, waitMs: 20 })
    await queue.enqueue(1)
    await scene.eventually(async () => (await queue.stats()).running === 1, 'a task that waits for others')
    await scene.pass(50)
    assert.deepEqual(sizes, [])
    const more = await queue.enqueueAll(upTo(2))
    await scene.during(Promise.all(more.map((task) => task.result())))
    assert.deepEqual(sizes, [3])
    await scene.during((await impatient.enqueue(4)).result())
    assert.deepEqual(sizes, [3, 1])
  })

  test('takes a result, a verdict, an Error or a promise for each task, by place or by id', async (scene) => {
    const queue = scene.broker().queue(sums)
    let asMap = false
    queue.processBatch(
      (payloads, { tasks }) => {
        const answers = payloads.map((n, i) => {
          if (n === 1) return bury('unwanted')
          if (n === 2 && tasks[i]!.attempt === 1) return retry({ delayMs: 1 })
          if (n === 3) return new Error('not this one')
          if (n === 4) return Promise.reject(new Error('later'))
          return n === 5 ? Promise.resolve(50) : n
        })
        return asMap ? new Map(answers.map((answer, i) => [tasks[i]!.id, answer])) : answers
      },
      { size: 10, waitMs: 20 },
    )
    for (asMap of [false, true]) {
      const tasks = await queue.enqueueAll(upTo(6))
      const outcomes = await scene.during(Promise.all(tasks.map((task) => task.outcome())))
      assert.deepEqual(
        outcomes.map((outcome) =>
          outcome.state === 'completed'
            ? outcome.result
            : outcome.state === 'dead' && (outcome.error?.message || outcome.reason),
        ),
        [0, 'unwanted', 2, 'not this one', 'later', 50],
      )
    }
  })

  test('ends all with one answer: nothing, or a verdict', async (scene) => {
    const queue = scene.broker().queue('q')
    queue.processBatch(([first], { tasks }) => {
      if (first === 'bury') return bury('all of them')
      return first === 'retry' && tasks[0]!.attempt === 1 ? retry({ delayMs: 0 }) : undefined
    })
    for (const [payload, state] of [
      ['done', 'completed'],
      ['bury', 'dead'],
      ['retry', 'completed'],
    ]) {
      const tasks = await queue.enqueueAll([{ payload }, { payload }])
      const outcomes = await scene.during(Promise.all(tasks.map((task) => task.outcome())))
      assert.deepEqual(
        outcomes.map((outcome) => outcome.state),
        [state, state],
      )
    }
  })

  test('buries a payload that does not fit, and gives the others', async (scene) => {
    const broker = scene.broker()
    const untyped = broker.queue('sums')
    const tasks = await untyped.enqueueAll([{ payload: 1 }, { payload: 'no number' }, { payload: 3 }])
    scene
      .broker()
      .queue(sums)
      .processBatch((payloads) => [...payloads], { size: 3, waitMs: 20 })
    const outcomes = await scene.during(Promise.all(tasks.map((task) => task.outcome())))
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.state === 'dead' ? outcome.reason : outcome.state)),
      ['completed', 'invalid-payload', 'completed'],
    )
  })

  test('keeps steps, progress and logs of each task, also over a batch that failed', async (scene) => {
    const queue = scene.broker().queue('q')
    let steps = 0
    queue.processBatch(
      async (payloads, { tasks }) => {
        const done = await Promise.all(tasks.map(({ once }) => once('step', () => `${steps++}`)))
        if (tasks.length > 1) throw new Error('together they fail')
        return done.map((step, i) => [payloads[i], step])
      },
      { size: 3, waitMs: 20 },
    )
    const tasks = await queue.enqueueAll(['a', 'b', 'c'].map((payload) => ({ payload })))
    const results = await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.deepEqual(
      results,
      ['a', 'b', 'c'].map((payload, i) => [payload, `${i}`]),
    )
    assert.equal(steps, 3)
  })

  test('passes each task through the middleware, and the call through what it has for batches', async (scene) => {
    const seen: unknown[] = []
    const watch: Middleware = Object.assign(
      ((next) => async (payload, context) => {
        if (payload === 'stop') return 'stopped'
        const answer = await next(`<${String(payload)}>`, context)
        return `${String(answer)}!`
      }) as Middleware,
      {
        batch: (next: Parameters<NonNullable<Middleware['batch']>>[0]): typeof next => {
          return (payloads, batch) => {
            seen.push(payloads)
            return next(payloads, batch)
          }
        },
      },
    )
    const queue = scene.broker({ middleware: [watch] }).queue('q')
    queue.processBatch((payloads) => [...payloads], { size: 3, waitMs: 20 })
    const tasks = await queue.enqueueAll(['a', 'stop', 'b'].map((payload) => ({ payload })))
    const results = await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.deepEqual(results, ['<a>!', 'stopped', '<b>!'])
    assert.deepEqual(seen, [['<a>', '<b>']])
  })

  test('counts batches by `concurrency`', async (scene) => {
    const queue = scene.broker().queue('q')
    let [running, most] = [0, 0]
    queue.processBatch(
      async () => {
        most = Math.max(most, ++running)
        for (let i = 0; i < 5; i++) await new Promise(setImmediate)
        running--
      },
      { size: 4, waitMs: 0, concurrency: 2 },
    )
    const tasks = await queue.enqueueAll(upTo(60))
    await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.equal(most, 2)
  })

  test('releases on close what it gathered, uncharged', async (scene) => {
    const queue = scene.broker().queue('q')
    const worker = queue.processBatch(() => undefined, { size: 10, waitMs: 60_000 })
    const tasks = await queue.enqueueAll(upTo(3))
    await scene.eventually(async () => (await queue.stats()).running === 3, 'tasks that are gathered')
    const { released, abandoned } = await scene.during(worker.close())
    assert.deepEqual([released, abandoned], [3, []])
    assert.equal((await queue.stats()).waiting, 3)
    queue.process((_, { attempt }) => attempt)
    assert.deepEqual(await scene.during(Promise.all(tasks.map((task) => task.result()))), [1, 1, 1])
  })

  const wrong: BatchOptions[] = [
    { size: 0 },
    { size: 1_001 },
    { size: 1.5 },
    { waitMs: -1 },
    { waitMs: 3_600_001 },
    { retry: 'never' as never },
    { size: 1_000, concurrency: 11 },
    { batch: 5 } as never,
  ]
  test('refuses options that are not right', async (scene) => {
    const queue = scene.broker().queue('q')
    for (const options of wrong) {
      assert.throws(() => queue.processBatch(() => undefined, options), TypeError, JSON.stringify(options))
    }
    assert.throws(() => queue.processBatch(5 as never), /processBatch takes a handler function/)
    const worker = queue.processBatch(() => undefined, { size: 1_000 })
    assert.throws(() => (worker.concurrency = 11), TypeError)
    worker.concurrency = 10
  })
}
