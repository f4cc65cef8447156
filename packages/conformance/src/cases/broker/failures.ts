import { bury, defineQueue, retry, systemClock } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'

const backoff = { kind: 'fixed', baseMs: 20, jitter: 0 } as const

export function failures(test: Test): void {
  test('runs a task again when its handler throws', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', backoff }))
    const attempts: number[] = []
    queue.process(async (_, { attempt }) => {
      attempts.push(attempt)
      if (attempt < 3) throw new Error(`attempt ${attempt} failed`)
      return 'at last'
    })
    assert.equal(await scene.during((await queue.enqueue(1)).result()), 'at last')
    assert.deepEqual(attempts, [1, 2, 3])
    assert.deepEqual(
      scene.errors.map(({ message }) => message),
      ['attempt 1 failed', 'attempt 2 failed'],
    )
  })

  test('pauses between the attempts as the backoff says', async (scene) => {
    const growing = { kind: 'exponential', baseMs: 60, factor: 2, jitter: 0 } as const
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 3, backoff: growing }))
    const clock = scene.clock ?? systemClock
    const starts: number[] = []
    queue.process(() => {
      starts.push(clock.now())
      throw new Error('again')
    })
    await scene.during((await queue.enqueue(1)).outcome())
    const [first, second, third] = starts
    assert.ok(second! - first! >= 59 && third! - second! >= 119, `attempts at ${starts.join(', ')}`)
  })

  test('buries a task when its attempts are used up', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 3, backoff }))
    let runs = 0
    const worker = queue.process(() => {
      throw new Error(`failure ${++runs}`)
    })
    const task = await queue.enqueue({ the: 'payload' }, { headers: { h: '1' }, id: 'own' })
    await assert.rejects(scene.during(task.result()), (error: { code?: string; details?: { reason?: string } }) => {
      assert.deepEqual([error.code, error.details?.reason], ['task-dead', 'attempts-exhausted'])
      return true
    })
    assert.equal(runs, 3)
    const [letter] = await queue.dead.list()
    assert.ok(letter && letter.diedAt >= letter.enqueuedAt)
    assert.deepEqual(
      [letter.id, letter.reason, letter.error?.message, letter.payload, letter.headers],
      ['own', 'attempts-exhausted', 'failure 3', { the: 'payload' }, { h: '1' }],
    )
    assert.equal(letter.crashes, 0)
    assert.deepEqual([worker.stats().failed, worker.stats().buried], [3, 1])
    assert.equal((await queue.stats()).dead, 1)
  })

  test('counts in a dead letter how often the handler failed', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 3, backoff }))
    queue.process(() => {
      throw new Error('always')
    })
    await scene.during((await queue.enqueue(1)).outcome())
    assert.equal((await queue.dead.list())[0]?.failures, 3)
  })

  test('takes a throw of anything', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 1 }))
    queue.process((payload) => {
      if (payload === 'text') throw 'only text'
      throw undefined
    })
    const text = await scene.during((await queue.enqueue('text')).outcome())
    assert.ok(text.state === 'dead' && text.error?.message === 'only text')
    const nothing = await scene.during((await queue.enqueue('nothing')).outcome())
    assert.equal(nothing.state, 'dead')
  })

  test('retries when the handler says so, counting or not counting the attempt', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 2 }))
    const attempts: number[] = []
    queue.process((_, { attempt }) => {
      attempts.push(attempt)
      if (attempts.length <= 3) return retry({ delayMs: 10, countsAsAttempt: false })
      return attempts.length === 4 ? retry({ delayMs: 10 }) : 'at last'
    })
    assert.equal(await scene.during((await queue.enqueue(1)).result()), 'at last')
    assert.deepEqual(attempts, [1, 1, 1, 1, 2])
    assert.deepEqual(scene.errors, [])
  })

  test('buries a task that is retried too often', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 2 }))
    queue.process(() => retry({ delayMs: 0 }))
    const outcome = await scene.during((await queue.enqueue(1)).outcome())
    assert.ok(outcome.state === 'dead' && outcome.reason === 'attempts-exhausted')
  })

  test('buries when the handler says so, with its reason', async (scene) => {
    const queue = scene.broker().queue('q')
    let runs = 0
    queue.process(async () => {
      runs++
      return bury('no such customer')
    })
    const outcome = await scene.during((await queue.enqueue(1)).outcome())
    assert.ok(outcome.state === 'dead' && outcome.reason === 'no such customer' && outcome.error === undefined)
    assert.equal((await queue.dead.list())[0]?.reason, 'no such customer')
    assert.equal(runs, 1)
  })

  test('lists dead letters newest first, page by page', async (scene) => {
    const queue = scene.broker().queue('q')
    queue.process((n) => bury(`reason ${String(n)}`), { concurrency: 1 })
    for (let n = 1; n <= 4; n++) {
      await scene.during((await queue.enqueue(n)).outcome())
      await scene.pass(2)
    }
    assert.deepEqual(
      (await queue.dead.list()).map(({ payload }) => payload),
      [4, 3, 2, 1],
    )
    assert.deepEqual(
      (await queue.dead.list({ limit: 2 })).map(({ payload }) => payload),
      [4, 3],
    )
  })

  test(
    'waits an hour between two attempts when so configured',
    async (scene) => {
      const hourly = { kind: 'fixed', baseMs: 3_600_000, jitter: 0 } as const
      const queue = scene.broker().queue(defineQueue({ name: 'q', backoff: hourly }))
      const attempts: number[] = []
      queue.process((_, { attempt }) => {
        attempts.push(attempt)
        if (attempt === 1) throw new Error('closed')
        return 'paid'
      })
      const task = await queue.enqueue(1)
      await scene.pass(3_599_000)
      assert.deepEqual(attempts, [1])
      assert.equal((await task.status()).state, 'delayed')
      await scene.pass(1_000)
      assert.equal(await scene.during(task.result()), 'paid')
    },
    { longTime: true },
  )
}
