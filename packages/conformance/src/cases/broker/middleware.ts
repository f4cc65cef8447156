import { bury, defineQueue, isVerdict, retry } from '@mq/core'
import type { HeadersFor, Middleware } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { wholeNumber } from '../../values.ts'

const sums = defineQueue({ name: 'sums', payload: wholeNumber, result: wholeNumber, attempts: 1 })

export function middleware(test: Test): void {
  test('wraps a handler, the broker outermost, and sees payload, context and answer', async (scene) => {
    const seen: unknown[] = []
    const layer =
      (name: string): Middleware =>
      (next) =>
      async (payload, context) => {
        seen.push([`${name} in`, payload, context.queue, context.attempt, context.headers['h']])
        const answer = await next(payload, context)
        seen.push([`${name} out`, answer])
        return answer
      }
    const queue = scene.broker({ middleware: [layer('a'), layer('b')] }).queue(sums)
    queue.process((n) => n + 1, { middleware: [layer('c')] })
    assert.equal(await scene.during((await queue.enqueue(1, { headers: { h: 'x' } })).result()), 2)
    assert.deepEqual(seen, [
      ['a in', 1, 'sums', 1, 'x'],
      ['b in', 1, 'sums', 1, 'x'],
      ['c in', 1, 'sums', 1, 'x'],
      ['c out', 2],
      ['b out', 2],
      ['a out', 2],
    ])
  })

  test('may change the payload and the answer, which is then checked', async (scene) => {
    const queue = scene.broker().queue(sums)
    const tenfold: Middleware = (next) => async (payload, context) => {
      const answer = await next((payload as number) + 1, context)
      return payload === 7 ? 'no number' : (answer as number) * 10
    }
    queue.process((n) => n, { middleware: [tenfold] })
    assert.equal(await scene.during((await queue.enqueue(1)).result()), 20)
    const outcome = await scene.during((await queue.enqueue(7)).outcome())
    assert.ok(outcome.state === 'dead' && outcome.reason === 'invalid-result')
  })

  test('may throw, and may answer itself; the handler does not run then', async (scene) => {
    const queue = scene.broker().queue(sums)
    let runs = 0
    const guard: Middleware = (next) => (payload, context) => {
      if (payload === 1) throw new Error('not today')
      return payload === 2 ? bury('unwanted') : next(payload, context)
    }
    queue.process((n) => n + ++runs, { middleware: [guard] })
    const tasks = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }, { payload: 3 }])
    const [threw, buried, ran] = await scene.during(Promise.all(tasks.map((task) => task.outcome())))
    assert.ok(threw?.state === 'dead' && threw.error?.message === 'not today')
    assert.ok(buried?.state === 'dead' && buried.reason === 'unwanted')
    assert.ok(ran?.state === 'completed' && ran.result === 4)
    assert.deepEqual(
      scene.errors.map(({ message }) => message),
      ['not today'],
    )
  })

  test('passes verdicts on, and distinguishes them from results', async (scene) => {
    const queue = scene.broker().queue('q')
    const answers: unknown[] = []
    const watch: Middleware = (next) => async (payload, context) => {
      const answer = await next(payload, context)
      answers.push(isVerdict(answer) ? 'verdict' : answer)
      return answer
    }
    queue.process(
      (payload, { attempt }) => (payload === 'bad' ? bury('bad') : attempt === 1 ? retry({ delayMs: 5 }) : 'done'),
      { middleware: [watch], concurrency: 1 },
    )
    const bad = await scene.during((await queue.enqueue('bad')).outcome())
    assert.ok(bad.state === 'dead' && bad.reason === 'bad')
    assert.equal(await scene.during((await queue.enqueue('good')).result()), 'done')
    assert.deepEqual(answers, ['verdict', 'verdict', 'done'])
  })

  test('is applied once, when the worker starts', async (scene) => {
    const queue = scene.broker().queue('q')
    let applied = 0
    const count: Middleware = (next) => {
      applied++
      return next
    }
    queue.process((n) => n, { middleware: [count] })
    const tasks = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    await scene.during(Promise.all(tasks.map((task) => task.result())))
    assert.equal(applied, 1)
    assert.throws(() => queue.process((n) => n, { middleware: [(() => undefined) as never] }), /middleware must return/)
  })

  test("puts the broker's headers under those of the caller", async (scene) => {
    let trace = 0
    const headers: HeadersFor = ({ queue }) => ({ trace: `${queue}-${++trace}`, tenant: 'default' })
    const queue = scene.broker({ headers }).queue('q')
    queue.process((_, context) => ({ ...context.headers }))
    const tasks = [
      await queue.enqueue(1),
      await queue.enqueue(2, { headers: { tenant: 'own', more: 'x' } }),
      ...(await queue.enqueueAll([{ payload: 3, headers: { trace: 'own' } }, { payload: 4 }])),
    ]
    assert.deepEqual(await scene.during(Promise.all(tasks.map((task) => task.result()))), [
      { trace: 'q-1', tenant: 'default' },
      { trace: 'q-2', tenant: 'own', more: 'x' },
      { trace: 'own', tenant: 'default' },
      { trace: 'q-4', tenant: 'default' },
    ])
  })

  const wrong: Record<string, () => unknown> = {
    'that throws': () => {
      throw new Error('no trace here')
    },
    'that answers a number': () => ({ trace: 1 }),
    'that answers nothing': () => undefined,
    'that answers with a promise': async () => Promise.reject(new Error('late')),
    'that answers too much': () => ({ trace: 'x'.repeat(9_000) }),
  }
  for (const [what, headers] of Object.entries(wrong)) {
    test(`refuses to enqueue with a headers function ${what}, and stores nothing`, async (scene) => {
      const queue = scene.broker({ headers: headers as HeadersFor }).queue('q')
      const refusal = { message: /headers/ }
      await assert.rejects(queue.enqueue(1), refusal)
      await assert.rejects(queue.enqueueAll([{ payload: 1 }]), refusal)
      assert.equal((await queue.stats()).waiting, 0)
    })
  }
}
