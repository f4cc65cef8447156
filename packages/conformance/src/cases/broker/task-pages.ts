import type { ListedState, TaskEntry } from '@mq/core'
import { bury, defineQueue } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

export function taskPages(test: Test): void {
  test('answers the tasks in a state, by pages', async (scene) => {
    const queue = scene.broker().queue('tasks')
    await queue.enqueueAll(['a', 'b', 'c'].map((id) => ({ payload: { id }, id, headers: { trace: id } })))
    await queue.enqueue('later', { delayMs: 60_000, priority: 9 })
    const sizes: number[] = []
    const found: TaskEntry[] = []
    for await (const { tasks } of queue.tasks({ state: 'waiting', limit: 2, payloads: true })) {
      sizes.push(tasks.length)
      found.push(...tasks)
    }
    assert.deepEqual(sizes, [2, 1])
    assert.deepEqual(
      found.map(({ id, state, priority, payload, headers }) => ({ id, state, priority, payload, headers })),
      ['a', 'b', 'c'].map((id) => ({
        id,
        state: 'waiting',
        priority: 4,
        payload: { id },
        headers: { trace: id },
      })),
    )
    const first = await queue.tasks({ state: 'waiting', limit: 2 }).first()
    const second = await queue.tasks({ state: 'waiting', limit: 2, after: first.next }).first()
    assert.deepEqual([second.tasks.map(({ id }) => id), second.next], [['c'], undefined])
    assert.ok(!('payload' in first.tasks[0]!), 'payloads only where they are asked for')
    const [later] = (await queue.tasks({ state: 'delayed' }).first()).tasks
    assert.deepEqual([later!.priority, later!.dueAt! - later!.enqueuedAt!], [9, 60_000])
  })

  test('answers what ended, and what died', async (scene) => {
    const queue = scene.broker().queue('tasks')
    queue.process((payload) => (payload === 'bad' ? bury('no') : payload))
    const tasks = await queue.enqueueAll(['good', 'bad', 'worse'].map((payload) => ({ payload, id: payload })))
    await tasks[0]!.cancel({ reason: 'not needed' }).then(async () => tasks[0]!.outcome())
    for (const task of tasks) await task.outcome()
    const list = async (state: ListedState): Promise<TaskEntry[]> => {
      const found: TaskEntry[] = []
      for await (const page of queue.tasks({ state, limit: 1, payloads: true })) found.push(...page.tasks)
      return found
    }
    const ended = await list('ended')
    assert.ok(ended.some(({ state, result }) => state === 'completed' && result === 'worse'))
    assert.deepEqual(
      (await list('dead')).map(({ id, state, reason, payload }) => ({ id, state, reason, payload })),
      [{ id: 'bad', state: 'dead', reason: 'no', payload: 'bad' }],
    )
    const outcome = await queue.task(ended[0]!.id).outcome()
    assert.equal(outcome.state, ended[0]!.state)
  })

  test('refuses what no page is of, at once or from the page', async (scene) => {
    const queue = scene.broker().queue('tasks')
    await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    const { next } = await queue.tasks({ state: 'waiting', limit: 1 }).first()
    const refused = { code: 'invalid-options' }
    for (const options of [
      {},
      { state: 'done' },
      { state: 'toString' },
      { state: 'waiting', limit: 0 },
      { state: 'waiting', limit: 1_001 },
      { state: 'waiting', payloads: 1 },
      { state: 'waiting', after: 7 },
      { state: 'waiting', after: '' },
      { state: 'delayed', after: next },
      { state: 'waiting', size: 1 },
      undefined,
    ]) {
      assert.throws(() => queue.tasks(options as never), refused, JSON.stringify(options))
    }
    for (const state of ['waiting', 'delayed', 'running', 'ended', 'dead'] as const) {
      for (const text of ['?', '1:2:3:4:5:6', '{}', '\n', ':', 'é'.repeat(200)]) {
        const after = { waiting: 'w', delayed: 'd', running: 'r', ended: 'e', dead: 'x' }[state] + text
        await assertCode(queue.tasks({ state, after }).first(), 'invalid-options')
      }
    }
  })

  test('says all that is known of one task', async (scene) => {
    const queue = scene.broker().queue(defineQueue<{ readonly to: string }>({ name: 'tasks', attempts: 3 }))
    assert.equal(await queue.task('never').read(), undefined)
    const task = await queue.enqueue({ to: 'a' }, { id: 'a', delayMs: 60_000, priority: 7, headers: { trace: 't' } })
    const { enqueuedAt, dueInMs, ...rest } = (await task.read())!
    assert.ok(enqueuedAt! > 0 && dueInMs! > 50_000 && dueInMs! <= 60_000)
    assert.deepEqual(rest, {
      id: 'a',
      state: 'delayed',
      payload: { to: 'a' },
      headers: { trace: 't' },
      attempts: 3,
      failures: 0,
      crashes: 0,
      priority: 7,
    })
    queue.process(({ to }) => (to === 'b' ? bury('no such street') : `sent to ${to}`))
    const [good, bad] = await queue.enqueueAll([{ payload: { to: 'c' } }, { payload: { to: 'b' }, attempts: 1 }])
    await good!.result()
    await bad!.outcome()
    const { endedAt, ...ended } = (await good!.read())!
    assert.deepEqual([ended, endedAt! > 0], [{ id: good!.id, state: 'completed', result: 'sent to c' }, true])
    const dead = (await bad!.read())!
    assert.deepEqual([dead.state, dead.payload, dead.attempts], ['dead', { to: 'b' }, 1])
    await task.cancel({ reason: 'not needed' })
    const { state, reason } = (await task.read())!
    assert.deepEqual([state, reason], ['cancelled', 'not needed'])
  })
}
