import { defineQueue, retry } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const hasty = defineQueue({ name: 'q', attempts: 3, backoff: { kind: 'fixed', baseMs: 1 } })

export function once(test: Test): void {
  test('does a step once in the life of a task, and remembers what it returned', async (scene) => {
    const queue = scene.broker().queue(hasty)
    let charges = 0
    const seen: unknown[] = []
    queue.process(async (_, context) => {
      seen.push(await context.once('charge', () => ({ receipt: ++charges })))
      seen.push(await context.once('nothing', () => undefined))
      if (context.attempt < 3) throw new Error('later')
      return 'done'
    })
    assert.equal(await scene.during((await queue.enqueue(1)).result()), 'done')
    const each = [{ receipt: 1 }, undefined]
    assert.deepEqual([charges, seen], [1, [...each, ...each, ...each]])
  })

  test('does a step again that failed', async (scene) => {
    const queue = scene.broker().queue(hasty)
    let tries = 0
    queue.process((_, { once: step }) =>
      step('flaky', () => {
        if (++tries === 1) throw new Error('not yet')
        return tries
      }),
    )
    assert.equal(await scene.during((await queue.enqueue(1)).result()), 2)
  })

  test('keeps steps apart by key and by task, and runs one of a moment', async (scene) => {
    const queue = scene.broker().queue(hasty)
    const done: string[] = []
    queue.process(async (payload, context) => {
      const step = (key: string): Promise<string> =>
        context.once(key, async () => {
          done.push(`${String(payload)}.${key}`)
          return key
        })
      const answers = await Promise.all([step('a'), step('b'), step('a')])
      return context.attempt === 1 ? retry({ delayMs: 1 }) : answers
    })
    const tasks = await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    for (const task of tasks) assert.deepEqual(await scene.during(task.result()), ['a', 'b', 'a'])
    assert.deepEqual(done.sort(), ['1.a', '1.b', '2.a', '2.b'])
  })

  test('forgets with the life: a redriven task does its steps again', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 1 }))
    let charges = 0
    queue.process(async (_, context) => {
      await context.once('charge', () => ++charges)
      if (charges === 1) throw new Error('then it failed')
      return charges
    })
    const task = await queue.enqueue(1)
    assert.equal((await scene.during(task.outcome())).state, 'dead')
    await queue.dead.redrive('all')
    assert.equal(await scene.during(task.result()), 2)
  })

  test('refuses a step of a task that was cancelled meanwhile', async (scene) => {
    const queue = scene.broker().queue(hasty)
    let refused: Promise<unknown> | undefined
    queue.process(async (_, context) => {
      await task.cancel()
      refused = context.once('late', () => 1)
      await refused.catch(() => undefined)
    })
    const task = await queue.enqueue(1)
    await scene.eventually(() => refused !== undefined, 'the step')
    await assertCode(scene.during(refused!), 'lease-lost')
  })

  test('refuses a key that is none, what JSON cannot carry, and more than 64 KiB', async (scene) => {
    const queue = scene.broker().queue(hasty)
    const refusals: unknown[] = []
    queue.process(async (_, context) => {
      for (const act of [
        () => context.once('', () => 1),
        () => context.once('k', 1 as never),
        () => context.once('k', () => 1n as never),
        () => context.once('k', () => 'x'.repeat(70_000)),
      ]) {
        try {
          await act()
        } catch (error) {
          refusals.push((error as { code?: string }).code ?? (error as Error).name)
        }
      }
    })
    await scene.during((await queue.enqueue(1)).result())
    assert.deepEqual(refusals, ['invalid-options', 'invalid-options', 'invalid-payload', 'payload-too-large'])
  })
}
