import { MqError, defineQueue } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode, countsOf, EMPTY_STATS } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { aborted, gate } from '../../values.ts'

const backoff = { kind: 'fixed', baseMs: 10, jitter: 0 } as const

function codeOf(reason: unknown): string | undefined {
  return MqError.is(reason) ? reason.code : undefined
}

export function interruptions(test: Test): void {
  test('aborts a handler that takes too long, and tries again', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', timeoutMs: 60, backoff }))
    const reasons: (string | undefined)[] = []
    queue.process(async (_, { attempt, signal }) => {
      if (attempt === 2) return 'in time'
      reasons.push(codeOf(await aborted(signal)))
      throw signal.reason
    })
    assert.equal(await scene.during((await queue.enqueue(1)).result()), 'in time')
    assert.deepEqual(reasons, ['task-timeout'])
  })

  test('buries a task that takes too long each time', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 2, backoff }))
    queue.process((_, { signal }) => aborted(signal))
    const task = await queue.enqueue(1, { timeoutMs: 40 })
    const outcome = await scene.during(task.outcome())
    assert.ok(outcome.state === 'dead' && outcome.reason === 'attempts-exhausted')
    assert.equal(outcome.error?.code, 'task-timeout')
  })

  test('takes no result of a handler that ignored its abort', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', timeoutMs: 60, backoff }))
    const late = gate<string>()
    queue.process((_, { attempt }) => (attempt === 1 ? late.promise : 'good'))
    const task = await queue.enqueue(1)
    const result = await scene.during(task.result())
    late.open('too late')
    await scene.pass(50)
    assert.deepEqual([result, await scene.during(task.result())], ['good', 'good'])
    assert.deepEqual(countsOf(await queue.stats()), { ...EMPTY_STATS, waiting: 0, delayed: 0 })
  })

  test('cancels a waiting and a delayed task, which then never run', async (scene) => {
    const queue = scene.broker().queue('q')
    const tasks = [await queue.enqueue(1), await queue.enqueue(2, { delayMs: 30 }), await queue.enqueue(3)]
    assert.equal(await scene.broker().queue('q').task(tasks[0]!.id).cancel({ reason: 'not needed' }), 'cancelled')
    assert.equal(await tasks[1]!.cancel(), 'cancelled')
    assert.equal(await tasks[1]!.cancel(), 'too-late')
    const ran: unknown[] = []
    queue.process((n) => void ran.push(n))
    await scene.during(tasks[2]!.result())
    await scene.pass(60)
    assert.deepEqual(ran, [3])
    const outcome = await tasks[0]!.outcome()
    assert.ok(outcome.state === 'cancelled' && outcome.reason === 'not needed')
    await assert.rejects(scene.during(tasks[0]!.result()), (error: MqError) => {
      assert.deepEqual([error.code, error.details['reason']], ['task-cancelled', 'not needed'])
      return true
    })
  })

  test('cancels a running task from elsewhere, and aborts its handler', async (scene) => {
    const queue = scene.broker().queue('q')
    const task = await queue.enqueue(1)
    let reason: unknown
    let started = false
    const worker = scene
      .broker()
      .queue('q')
      .process(async (_, { signal }) => {
        started = true
        reason = await aborted(signal)
        return 'too late'
      })
    await scene.eventually(() => started, 'a start')
    const waiting = assertCode(scene.during(task.result()), 'task-cancelled')
    assert.equal(await task.cancel({ reason: 'changed my mind' }), 'cancelled')
    await waiting
    await scene.eventually(() => reason !== undefined, 'an abort')
    assert.equal(codeOf(reason), 'task-cancelled')
    await scene.eventually(() => worker.stats().running === 0, 'an idle worker')
    assert.equal((await task.status()).state, 'cancelled')
    assert.deepEqual([worker.stats().completed, worker.stats().failed], [0, 0])
  })

  test('aborts each of many running tasks alone', async (scene) => {
    const queue = scene.broker().queue('q')
    const tasks = await queue.enqueueAll(Array.from({ length: 10 }, (_, payload) => ({ payload })))
    const end = gate()
    const abortedOnes: unknown[] = []
    let started = 0
    queue.process(async (n, { signal }) => {
      started++
      signal.addEventListener('abort', () => abortedOnes.push(n))
      await Promise.race([end.promise, aborted(signal)])
      return n
    })
    await scene.eventually(() => started === 10, 'ten starts')
    assert.equal(await tasks[4]!.cancel(), 'cancelled')
    await scene.eventually(() => abortedOnes.length > 0, 'an abort')
    end.open()
    const outcomes = await scene.during(Promise.all(tasks.map((task) => task.outcome())))
    assert.deepEqual(abortedOnes, [4])
    assert.ok(outcomes.every(({ state }, n) => state === (n === 4 ? 'cancelled' : 'completed')))
  })

  test('keeps its lease while a handler runs longer than that', async (scene) => {
    const queue = scene.broker().queue('q')
    const end = gate()
    let runs = 0
    const handler = async (): Promise<number> => {
      runs++
      await end.promise
      return runs
    }
    const worker = queue.process(handler, { leaseMs: 1_000 })
    scene.broker().queue('q').process(handler, { leaseMs: 1_000 })
    const task = await queue.enqueue(1)
    await scene.pass(1_800)
    end.open()
    assert.equal(await scene.during(task.result()), 1)
    assert.equal(worker.stats().stale, 0)
  })
}
