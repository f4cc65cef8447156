import { defineQueue } from '@mq/core'
import type { Task } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

async function collect(task: Task, signal?: AbortSignal): Promise<unknown[]> {
  const steps: unknown[] = []
  for await (const step of task.progress({ signal })) steps.push(step)
  return steps
}

export function progress(test: Test): void {
  test('shows elsewhere what a handler reports, until the task ends', async (scene) => {
    const here = scene.broker().queue('q')
    const task = await here.enqueue(1)
    const seen: unknown[] = []
    const reader = (async () => {
      for await (const step of task.progress()) seen.push(step)
    })()
    await scene.pass(20)
    const steps = [gate(), gate(), gate()]
    scene
      .broker()
      .queue('q')
      .process(async (_, context) => {
        for (const [i, step] of steps.entries()) {
          context.progress({ percent: i * 30 })
          await step.promise
        }
        return 'done'
      })
    for (const [i, step] of steps.entries()) {
      await scene.eventually(() => seen.length === i + 1, `report ${i + 1}`)
      step.open()
    }
    await scene.during(reader)
    assert.deepEqual(seen, [{ percent: 0 }, { percent: 30 }, { percent: 60 }])
  })

  test('shows the newest report in the status, and to who comes late', async (scene) => {
    const queue = scene.broker().queue('q')
    const end = gate()
    queue.process(async (_, context) => {
      context.progress('first')
      context.progress('second')
      await end.promise
    })
    const task = await queue.enqueue(1)
    await scene.eventually(async () => (await task.status()).progress === 'second', 'the newest report')
    assert.equal((await task.status()).state, 'running')
    const elsewhere = scene.broker()
    await scene.during(elsewhere.ready())
    const late = collect(elsewhere.queue('q').task(task.id))
    await scene.pass(30)
    end.open()
    assert.deepEqual(await scene.during(late), ['second'])
  })

  test('ends at once for a task that has ended, or never was', async (scene) => {
    const queue = scene.broker().queue('q')
    queue.process(() => 1)
    const task = await queue.enqueue(1)
    await scene.during(task.result())
    assert.deepEqual(await scene.during(collect(task)), [])
    assert.deepEqual(await scene.during(collect(queue.task('never-there'))), [])
  })

  test('stops at a signal, or when the reader leaves', async (scene) => {
    const queue = scene.broker().queue('q')
    const end = gate()
    queue.process(async (_, context) => {
      context.progress(1)
      await end.promise
    })
    const task = await queue.enqueue(1)
    const controller = new AbortController()
    const reason = new Error('enough')
    const reading = assert.rejects(collect(task, controller.signal), reason)
    const leaving = (async () => {
      for await (const step of task.progress()) return step
      return undefined
    })()
    assert.equal(await scene.during(leaving), 1)
    controller.abort(reason)
    await scene.during(reading)
    end.open()
  })

  test('hears no more of a handler whose time is over', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', timeoutMs: 1_000, backoff: { baseMs: 10 } }))
    const [late, end] = [gate(), gate()]
    let isOver = false
    queue.process(async (_, { attempt, progress: report }) => {
      report(`attempt ${attempt}`)
      if (attempt === 2) return end.promise
      await late.promise
      report('too late')
      isOver = true
    })
    const task = await queue.enqueue(1)
    const seen = collect(task)
    await scene.eventually(async () => (await task.status()).progress === 'attempt 2', 'the second attempt')
    late.open()
    await scene.eventually(() => isOver, 'an end of the first attempt')
    assert.equal((await task.status()).progress, 'attempt 2')
    end.open()
    assert.deepEqual(await scene.during(seen), ['attempt 1', 'attempt 2'])
  })

  test('refuses a report that JSON cannot write, to the handler', async (scene) => {
    const queue = scene.broker().queue('q')
    queue.process((_, context) => {
      try {
        context.progress(10n)
      } catch (error) {
        return (error as { code?: string }).code
      }
      return 'taken'
    })
    assert.equal(await scene.during((await queue.enqueue(1)).result()), 'invalid-payload')
  })
}
