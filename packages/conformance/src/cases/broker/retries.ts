import { MqError, defineQueue, retry, systemClock } from '@mq/core'
import type { CustomBackoff, RetryIf } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

const soon = { kind: 'fixed', baseMs: 10, jitter: 0 } as const

export function retries(test: Test): void {
  test('buries at once what is not worth another attempt, with the facts of the error', async (scene) => {
    const asked: unknown[] = []
    const retryIf: RetryIf = (error, { attempt }) => {
      asked.push([error.message, attempt])
      return error.message !== 'no such card'
    }
    const queue = scene.broker().queue(defineQueue({ name: 'q', backoff: soon, retryIf }))
    const worker = queue.process((_, { attempt }) => {
      throw Object.assign(new RangeError(attempt === 1 ? 'busy' : 'no such card'), { code: 'E_CARD' })
    })
    const task = await queue.enqueue('pay', { headers: { tenant: 'a' } })
    const outcome = await scene.during(task.outcome())
    assert.ok(outcome.state === 'dead' && outcome.reason === 'not-retryable')
    const { name, message, code } = outcome.error ?? {}
    assert.deepEqual([name, message, code], ['RangeError', 'no such card', 'E_CARD'])
    assert.deepEqual(asked, [
      ['busy', 1],
      ['no such card', 2],
    ])
    const [letter] = await queue.dead.list()
    assert.deepEqual([letter?.reason, letter?.failures, letter?.payload], ['not-retryable', 2, 'pay'])
    const { failed, retried, buried } = worker.stats()
    assert.deepEqual([failed, retried, buried], [2, 1, 1])
    assert.deepEqual(
      scene.errors.map((error) => error.message),
      ['busy', 'no such card'],
    )
  })

  test('asks about a timeout too, and never about what a handler answers itself', async (scene) => {
    const retryIf: RetryIf = (error) => !MqError.is(error, 'task-timeout')
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 2, backoff: soon, retryIf, timeoutMs: 30 }))
    const end = gate()
    queue.process((payload) => (payload === 'slow' ? end.promise : retry({ delayMs: 0 })))
    const [slow, again] = [await queue.enqueue('slow'), await queue.enqueue('again')]
    const timedOut = await scene.during(slow.outcome())
    assert.ok(timedOut.state === 'dead' && timedOut.reason === 'not-retryable')
    assert.equal(timedOut.error?.code, 'task-timeout')
    const usedUp = await scene.during(again.outcome())
    assert.ok(usedUp.state === 'dead' && usedUp.reason === 'attempts-exhausted')
    end.open()
  })

  test('tries a task as often as that says, and after its own pauses, whatever the queue says', async (scene) => {
    const HOUR_MS = 3_600_000
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 2, backoff: () => HOUR_MS }))
    const runs: unknown[] = []
    const worker = queue.process((payload, { attempt, attempts }) => {
      runs.push([payload, attempt, attempts])
      throw new Error('no')
    })
    const often = await queue.enqueue('often', { attempts: 4, backoff: soon })
    const [once, plain] = await queue.enqueueAll([{ payload: 'once', attempts: 1 }, { payload: 'plain' }])
    for (const task of [often, once!]) {
      const outcome = await scene.during(task.outcome())
      assert.ok(outcome.state === 'dead' && outcome.reason === 'attempts-exhausted')
    }
    await scene.eventually(async () => (await plain!.status()).state === 'delayed', 'a pause by the queue’s backoff')
    assert.deepEqual(
      runs.filter((run) => (run as unknown[])[0] === 'often'),
      [1, 2, 3, 4].map((attempt) => ['often', attempt, 4]),
    )
    assert.deepEqual(
      runs.filter((run) => (run as unknown[])[0] !== 'often'),
      [
        ['once', 1, 1],
        ['plain', 1, 2],
      ],
    )
    const letters = await queue.dead.list()
    const failures = new Map(letters.map((letter) => [letter.payload, letter.failures]))
    assert.deepEqual(
      failures,
      new Map([
        ['often', 4],
        ['once', 1],
      ]),
    )
    await scene.during(worker.close())
  })

  test('keeps a task’s own rules in its second life', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 5, backoff: soon }))
    const seen: number[] = []
    queue.process((_, { attempts }) => {
      seen.push(attempts)
      throw new Error('no')
    })
    const task = await queue.enqueue(1, { attempts: 1, backoff: { kind: 'exponential', maxMs: 5_000 } })
    await scene.during(task.outcome())
    await queue.dead.redrive({ reason: 'attempts-exhausted' })
    await scene.eventually(() => seen.length === 2, 'its second life')
    assert.deepEqual(seen, [1, 1])
  })

  test('refuses rules of a task that are none', async (scene) => {
    const queue = scene.broker().queue('q')
    const wrong: readonly unknown[] = [
      ...[0, 1_001, 1.5, '3', Number.NaN, null].map((attempts) => ({ attempts })),
      ...[() => 5, 7, null, [], { kind: 'linear' }, { baseMs: -1 }, { factor: 0 }].map((backoff) => ({ backoff })),
      ...[{ jitter: 2 }, { baseMs: 5, maxMs: 1 }, { kind: 'fixed', factor: 2 }, { pauseMs: 1 }].map((backoff) => ({
        backoff,
      })),
    ]
    for (const options of wrong) await assertCode(queue.enqueue(1, options as never), 'invalid-options')
    assert.equal((await queue.stats()).waiting, 0)
  })

  const broken: Record<string, RetryIf> = {
    'a retryIf that throws': () => {
      throw new Error('oops')
    },
    'a retryIf that answers with a promise': (async () => Promise.reject(new Error('oops'))) as never,
    'a retryIf that answers nothing': (() => undefined) as never,
  }
  for (const [what, retryIf] of Object.entries(broken)) {
    test(`reports ${what}, and retries`, async (scene) => {
      const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 2, backoff: soon, retryIf }))
      const failure = new Error('busy')
      queue.process((_, { attempt }) => {
        if (attempt === 1) throw failure
        return 'at last'
      })
      assert.equal(await scene.during((await queue.enqueue(1)).result()), 'at last')
      const others = scene.errors.filter((error) => error !== failure).map((error) => error.message)
      assert.ok(others[0]?.startsWith('retryIf failed, and its default applies: '), others.join(', '))
    })
  }

  test('pauses as long as a function says, which knows the failure', async (scene) => {
    const clock = scene.clock ?? systemClock
    const asked: unknown[] = []
    const backoff: CustomBackoff = (failures, error) => {
      asked.push([failures, error.message])
      return error.message === 'come back in 120' ? 120 : 0.5
    }
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 3, backoff }))
    const starts: number[] = []
    queue.process((_, { attempt }) => {
      starts.push(clock.now())
      throw new Error(attempt === 1 ? 'come back in 120' : 'no')
    })
    const outcome = await scene.during((await queue.enqueue(1)).outcome())
    assert.ok(outcome.state === 'dead' && outcome.reason === 'attempts-exhausted')
    // Not asked when there is no further attempt.
    assert.deepEqual(asked, [
      [1, 'come back in 120'],
      [2, 'no'],
    ])
    assert.ok(starts[1]! - starts[0]! >= 119, `attempts at ${starts.join(', ')}`)
  })

  const wild: Record<string, () => unknown> = {
    throws: () => {
      throw new Error('oops')
    },
    'answers NaN': () => Number.NaN,
    'answers a negative pause': () => -1,
    'answers an endless pause': () => Number.POSITIVE_INFINITY,
    'answers a text': () => '10',
    'answers nothing': () => undefined,
    'answers with a promise': async () => Promise.reject(new Error('oops')),
  }
  for (const [what, backoff] of Object.entries(wild)) {
    test(`reports a backoff that ${what}, and pauses as by default`, async (scene) => {
      const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 2, backoff: backoff as CustomBackoff }))
      const clock = scene.clock ?? systemClock
      const failure = new Error('busy')
      const starts: number[] = []
      queue.process((_, { attempt }) => {
        starts.push(clock.now())
        if (attempt === 1) throw failure
        return 'at last'
      })
      assert.equal(await scene.during((await queue.enqueue(1)).result()), 'at last')
      const pause = starts[1]! - starts[0]!
      assert.ok(starts.length === 2 && pause >= 790 && pause < 3_000, `attempts at ${starts.join(', ')}`)
      const others = scene.errors.filter((error) => error !== failure).map((error) => error.message)
      assert.ok(others[0]?.startsWith('backoff failed, and its default applies: '), others.join(', '))
    })
  }

  test('shows uncharged retries, and ends them where the task expires', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 2 }))
    let runs = 0
    const worker = queue.process(() => {
      runs++
      return retry({ delayMs: 10, countsAsAttempt: false })
    })
    const task = await queue.enqueue(1, { expiresInMs: 1_500 })
    await assertCode(scene.during(task.result()), 'task-expired')
    assert.ok(runs > 2, `${runs} runs`)
    const { retried, failed, buried } = worker.stats()
    assert.deepEqual([retried, failed, buried], [runs, 0, 0])
  })
}
